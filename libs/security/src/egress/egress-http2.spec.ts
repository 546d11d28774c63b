// The same way out over HTTP/2, against servers that others run: what is agreed on over TLS, what trails, and every way in which it ends badly.
import { createSecureServer, createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { Rejection } from '@kari/kernel';
import type { EgressRequest } from './egress.js';
import type { HttpScope } from './target.rules.js';
import { CERTIFICATE, KEY } from './testing/certificates.js';
import { OTHER_ADDRESS, PUBLIC_ADDRESS, testNetwork, type TestNetwork } from './testing/test-network.js';

const PLAIN: HttpScope = { host: 'api.example', scheme: 'http' };
const SECURE: HttpScope = { host: 'secure.example', scheme: 'https' };

let net: TestNetwork;
let servers: readonly { readonly server: Http2Server; readonly port: number }[];
const sockets = new Set<Socket>();
let connections = 0;
let answer: (stream: ServerHttp2Stream, headers: Readonly<Record<string, unknown>>) => void;

beforeAll(async () => {
  net = await testNetwork();
  const all = [createServer(), createSecureServer({ cert: CERTIFICATE, key: KEY })];
  servers = await Promise.all(
    all.map(async (server) => {
      server.on('stream', (stream, headers) => {
        stream.on('error', () => undefined);
        answer(stream, headers);
      });
      server.on('connection', (socket: Socket) => {
        connections += 1;
        sockets.add(socket);
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return { server, port: (server.address() as AddressInfo).port };
    }),
  );
});
afterAll(async () => {
  await net.stop();
  for (const socket of sockets) socket.destroy();
  await Promise.all(servers.map(({ server }) => new Promise((resolve) => server.close(resolve))));
});
beforeEach(() => {
  net.reset();
  connections = 0;
  net.names.set('api.example', [[PUBLIC_ADDRESS]]).set('secure.example', [[PUBLIC_ADDRESS]]);
  const [plain, secure] = servers.map(({ port }) => ({ ...net.allowed, port }));
  net.places.set(PUBLIC_ADDRESS, { plain: plain!, secure: secure! });
});

const ask = (url: string, more: Partial<EgressRequest> = {}, signal = new AbortController().signal) =>
  net.egress.fetch(
    { ...net.caller([PLAIN, SECURE]), signal },
    { url, method: 'POST', headers: { 'x-one': '1' }, body: Buffer.from('asked'), timeoutMs: 5_000, protocol: 'h2', ...more },
  );

async function refusal(attempt: Promise<unknown>): Promise<Rejection> {
  const error: unknown = await attempt.then(
    () => new Error('it was not refused'),
    (reason: unknown) => reason,
  );
  if (error instanceof Rejection) return error;
  throw error;
}

it.each(['http://api.example', 'https://secure.example'])(
  'asks %s, pinned to the judged address, and brings back what trails',
  async (origin) => {
    const seen: unknown[] = [];
    answer = (stream, headers) => {
      let body = '';
      stream.on('data', (chunk: Buffer) => (body += chunk.toString()));
      stream.on('end', () => {
        seen.push({ ...headers, body });
        stream.respond({ ':status': 200, 'x-two': '2' }, { waitForTrailers: true });
        stream.on('wantTrailers', () => stream.sendTrailers({ 'x-three': '3' }));
        stream.end('answered');
      });
    };
    const { status, headers, trailers, body, url } = await ask(`${origin}/a?b=c`);
    expect({ status, two: headers['x-two'], trailers, body: String(body), url }).toEqual({
      ...{ status: 200, two: '2', trailers: { 'x-three': '3' }, body: 'answered' },
      url: `${origin}/a?b=c`,
    });
    expect(seen).toMatchObject([
      { ':method': 'POST', ':path': '/a?b=c', ':authority': new URL(origin).host, 'x-one': '1', te: 'trailers', body: 'asked' },
    ]);
    expect(net.connects.map(({ address, protocol }) => [address, protocol])).toEqual([[PUBLIC_ADDRESS, 'h2']]);
  },
);

it('covers in headers, body and trailers what the request kept secret, and says how', async () => {
  answer = (stream, headers) => {
    const said = String(headers['x-token']);
    stream.respond({ ':status': 200, 'x-said': said }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'x-said': said }));
    stream.end(said);
  };
  const conceal = () => Promise.resolve({ headers: { 'x-token': 'canary-value' }, body: null, values: ['canary-value'] });
  const { headers, trailers, body, covered } = await ask('https://secure.example/', { conceal });
  expect([headers['x-said'], trailers['x-said'], String(body), covered('a canary-value')]).toEqual([
    ...['[secret]', '[secret]', '[secret]'],
    'a [secret]',
  ]);
});

it('follows no redirect', async () => {
  answer = (stream) => {
    stream.respond({ ':status': 307, location: 'http://other.example/' });
    stream.end();
  };
  expect((await ask('http://api.example/')).status).toBe(307);
  expect(connections).toBe(1);
});

it('says so where the host speaks HTTP/1.1 alone, in the clear or over TLS', async () => {
  net.places.set(PUBLIC_ADDRESS, { plain: net.allowed, secure: net.secure });
  expect((await refusal(ask('https://secure.example/'))).facts['reason']).toMatch(
    /^(it does not speak HTTP\/2|no secure connection could be agreed)$/,
  );
  expect((await refusal(ask('http://api.example/'))).code).toBe('SECURITY_EGRESS_FAILED');
  expect([net.secure.requests, net.allowed.requests]).toEqual([0, 0]);
});

it('stops a body that is too large', async () => {
  answer = (stream) => {
    stream.respond({ ':status': 200 });
    stream.end(Buffer.alloc(2 * 1024 * 1024));
  };
  expect((await refusal(ask('http://api.example/'))).code).toBe('SECURITY_EGRESS_TOO_LARGE');
});

it.each<[string, (stream: ServerHttp2Stream) => void, string]>([
  ['breaks off', (stream) => stream.session?.destroy(), 'SECURITY_EGRESS_FAILED'],
  ['takes the request back', (stream) => stream.close(2), 'SECURITY_EGRESS_FAILED'],
  [
    'breaks off in the middle',
    (stream) => {
      stream.respond({ ':status': 200 });
      stream.write('half', () => stream.session?.destroy());
    },
    'SECURITY_EGRESS_FAILED',
  ],
  [
    'is gone in the middle',
    (stream) => {
      stream.respond({ ':status': 200 });
      stream.write('half', () => sockets.forEach((socket) => socket.destroy()));
    },
    'SECURITY_EGRESS_FAILED',
  ],
  ['says nothing', () => undefined, 'SECURITY_EGRESS_TIMEOUT'],
])('fails where the host %s', async (_, misbehave, code) => {
  answer = misbehave;
  expect((await refusal(ask('http://api.example/', { idleMs: 200 }))).code).toBe(code);
});

it('lets go of the connection when the caller gives up, and when all is done', async () => {
  const gone = new AbortController();
  answer = () => gone.abort();
  expect((await refusal(ask('http://api.example/', {}, gone.signal))).facts['reason']).toBe('the call was cancelled');
  answer = (stream) => {
    stream.respond({ ':status': 200 });
    stream.end('x');
  };
  await ask('http://api.example/');
  const open = [...sockets].filter(({ destroyed }) => !destroyed);
  await Promise.all(open.map((socket) => new Promise((resolve) => socket.once('close', resolve))));
  expect(connections).toBe(2);
});

it('tries the next judged address where the first takes nothing', async () => {
  net.names.set('api.example', [[OTHER_ADDRESS, PUBLIC_ADDRESS]]);
  net.places.set(OTHER_ADDRESS, { plain: { ...net.other, port: 1 } });
  answer = (stream) => {
    stream.respond({ ':status': 204 });
    stream.end();
  };
  expect((await ask('http://api.example/')).status).toBe(204);
  expect(net.connects.map(({ address }) => address)).toEqual([OTHER_ADDRESS, PUBLIC_ADDRESS]);
});
