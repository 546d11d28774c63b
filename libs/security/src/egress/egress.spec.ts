import { connect } from 'node:net';
import { gzipSync, brotliCompressSync, deflateSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { handleCommand, Rejection, Unavailable } from '@kari/kernel';
import type { ConcealedParts } from '../contract.js';
import type { EgressRequest } from './egress.js';
import { PRIVATE_HOSTS, privateHostDecider } from './private-host.decider.js';
import type { HttpScope } from './target.rules.js';
import { OTHER_ADDRESS, OTHER_TENANT, PUBLIC_ADDRESS, TENANT, testNetwork, type TestNetwork } from './testing/test-network.js';

const API: HttpScope = { host: 'api.example', scheme: 'http' };
const OTHER: HttpScope = { host: 'other.example', scheme: 'http' };

let net: TestNetwork;
beforeAll(async () => {
  net = await testNetwork();
});
afterAll(() => net.stop());
beforeEach(() => {
  net.reset();
  net.names.set('api.example', [[PUBLIC_ADDRESS]]);
  net.names.set('other.example', [[OTHER_ADDRESS]]);
});

function get(url: string, more: Partial<EgressRequest> = {}): EgressRequest {
  return { url, method: 'GET', headers: {}, body: null, timeoutMs: 5_000, ...more };
}

async function refusal(attempt: Promise<unknown>): Promise<Rejection> {
  try {
    await attempt;
  } catch (error) {
    if (error instanceof Rejection) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

const nothingForbidden = () =>
  expect({ connections: net.forbidden.connections, requests: net.forbidden.requests }).toEqual({ connections: 0, requests: 0 });

describe('S-08 the controls', () => {
  it('reaches a declared public host, pinned to the judged address, with the name as Host', async () => {
    const answer = await net.egress.fetch(net.caller([API]), get('http://api.example/path?q=1'));
    expect({ status: answer.status, body: answer.body.toString(), url: answer.url }).toEqual({
      status: 200,
      body: 'ok',
      url: 'http://api.example/path?q=1',
    });
    expect(net.allowed.seen[0]).toMatchObject({ method: 'GET', url: '/path?q=1', headers: { host: 'api.example' } });
    expect(net.connects.map(({ address }) => address)).toEqual([PUBLIC_ADDRESS]);
    expect(net.questions).toEqual(['api.example']);
  });

  it('has a forbidden listener that counts what does reach it', async () => {
    const socket = connect(net.forbidden.port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.destroy();
    while (net.forbidden.connections === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(net.forbidden.connections).toBe(1);
  });

  it('counts at the socket what the server counts', async () => {
    const before = net.meter.count({ tenant: TENANT, extension: 'acme.counted' });
    for (let call = 0; call < 5; call += 1) await net.egress.fetch(net.caller([API], TENANT, 'acme.counted'), get('http://api.example/'));
    const after = net.meter.count({ tenant: TENANT, extension: 'acme.counted' });
    expect(after.requests - before.requests).toBe(net.allowed.requests);
    expect(after.connects - before.connects).toBe(net.allowed.connections);
    expect(after.bytesReceived).toBeGreaterThan(0);
  });
});

describe('S-08 undeclared targets', () => {
  const spellings = [
    'http://127.0.0.1/',
    'http://127.1/',
    'http://2130706433/',
    'http://0x7f000001/',
    'http://0177.0.0.1/',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://169.254.169.254/latest/meta-data/',
    'http://0xa9fea9fe/',
    'http://[fd00:ec2::254]/',
    'http://0/',
    'http://localhost/',
    'http://localhost./',
    'http://api.example.evil.example/',
    'http://evil.example/',
    'http://api.example:8080/',
    'https://api.example/',
    'http://sub.api.example/',
    'http://api.example./',
    'http://api.example%2eevil.example/',
    'http://api.example@127.0.0.1/',
    'http://api.example:80@127.0.0.1/',
    'http://127.0.0.1#@api.example/',
    'http://127.0.0.1?@api.example/',
    'http://user@api.example/',
    'http://user:pass@api.example/',
    'http://:pass@api.example/',
    'ftp://api.example/',
    'file:///etc/passwd',
    'gopher://api.example/',
    'data:text/plain,hi',
    'javascript:1',
    'ws://api.example/',
    'blob:http://api.example/1',
    'unix:///var/run/docker.sock',
    'http:',
    'http://',
    '//api.example/',
    '/path',
    '',
    'http://[::1',
    'http://api example/',
    'http://\u0000/',
    'dict://api.example/',
    'http://①②⑦.⓪.⓪.①/',
    'http://127。0。0。1/',
    'http://ａｐｉ.ｅｖｉｌ/',
    'http://[64:ff9b::7f00:1]/',
    'http://[::127.0.0.1]/',
    'http://[2002:7f00:1::]/',
    'http://127.0.0.1:22/',
    'http://10.0.0.1/',
    'http://192.168.1.1/',
    'http://172.16.0.1/',
    'http://100.64.0.1/',
    'http://metadata.google.internal/',
    'jar:http://api.example!/',
    'http://api.example\n.evil.example/',
    'http://api.example%00.evil.example/',
    'http://api.example%0d%0aX:/',
  ];

  it.each(spellings)('refuses %j without a question or a connection', async (url) => {
    const error = await refusal(net.egress.fetch(net.caller([API]), get(url)));
    // `http://127.0.0.1#@api.example/` and the like are parsed once: the host is the loopback address, which is not declared.
    expect(['SECURITY_EGRESS_UNDECLARED', 'SECURITY_EGRESS_URL_INVALID']).toContain(error.code);
    expect(net.questions).toEqual([]);
    expect(net.connects).toEqual([]);
    nothingForbidden();
  });

  it('reads an ambiguous address once: a backslash ends the host, so this goes to the declared one', async () => {
    await net.egress.fetch(net.caller([API]), get('http://api.example\\@127.0.0.1/'));
    expect(net.allowed.seen[0]).toMatchObject({ url: '/@127.0.0.1/', headers: { host: 'api.example' } });
    nothingForbidden();
  });

  it('takes IDNA and case as the URL standard does, on both sides', async () => {
    net.names.set('xn--bcher-kva.example', [[PUBLIC_ADDRESS]]);
    const scope: HttpScope = { host: 'BÜCHER.example', scheme: 'http' };
    const answer = await net.egress.fetch(net.caller([scope]), get('HTTP://bücher.EXAMPLE/'));
    expect(answer.status).toBe(200);
  });

  it('refuses a method that the permission does not name', async () => {
    const scope: HttpScope = { ...API, methods: ['GET'] };
    const error = await refusal(
      net.egress.fetch(net.caller([scope]), get('http://api.example/', { method: 'POST', body: Buffer.from('x') })),
    );
    expect(error.code).toBe('SECURITY_EGRESS_UNDECLARED');
    expect(net.connects).toEqual([]);
  });
});

describe('S-08 declared names that lead where they must not', () => {
  const forbidden = [
    '127.0.0.1',
    '127.8.8.8',
    '0.0.0.0',
    '10.0.0.1',
    '172.16.3.4',
    '192.168.0.10',
    '100.64.0.1',
    '169.254.169.254',
    '168.63.129.16',
    '192.0.0.192',
    '192.0.2.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:10.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b::a9fe:a9fe',
    'fe80::1',
    'fe80::1%lo',
    'fec0::1',
    'fc00::1',
    'fd00:ec2::254',
    'ff02::1',
    '2001:db8::1',
    '2001::1',
    '2002:7f00:1::',
    '3fff::1',
    '100::1',
    '4000::1',
    '192.88.99.1',
    'rubbish',
  ];

  it.each(forbidden)('refuses a name that resolves to %s', async (address) => {
    net.names.set('api.example', [[address]]);
    const error = await refusal(net.egress.fetch(net.caller([API]), get('http://api.example/')));
    expect(error.code).toBe('SECURITY_EGRESS_ADDRESS_FORBIDDEN');
    expect(net.connects).toEqual([]);
    nothingForbidden();
  });

  it.each(forbidden)('refuses a name with a public address first and %s behind it', async (address) => {
    net.names.set('api.example', [[PUBLIC_ADDRESS, OTHER_ADDRESS, address]]);
    const error = await refusal(net.egress.fetch(net.caller([API]), get('http://api.example/')));
    expect(error.code).toBe('SECURITY_EGRESS_ADDRESS_FORBIDDEN');
    expect(net.connects).toEqual([]);
    expect(net.allowed.connections).toBe(0);
    nothingForbidden();
  });

  it.each(['127.0.0.1', '10.0.0.1', '[::1]', '169.254.169.254', '0x7f.1', '2130706433', '[::ffff:127.0.0.1]'])(
    'refuses the literal %s even where a manifest declares it',
    async (literal) => {
      const error = await refusal(net.egress.fetch(net.caller([{ host: literal, scheme: 'http' }]), get(`http://${literal}/`)));
      expect(error.code).toBe('SECURITY_EGRESS_ADDRESS_FORBIDDEN');
      expect(net.connects).toEqual([]);
      nothingForbidden();
    },
  );

  it('asks once and connects to what it judged: a rebinding name gets nowhere', async () => {
    net.names.set('api.example', [[PUBLIC_ADDRESS], ['127.0.0.1'], ['127.0.0.1']]);
    const answer = await net.egress.fetch(net.caller([API]), get('http://api.example/'));
    expect(answer.status).toBe(200);
    expect(net.questions).toEqual(['api.example']);
    expect(net.connects.map(({ address }) => address)).toEqual([PUBLIC_ADDRESS]);

    const error = await refusal(net.egress.fetch(net.caller([API]), get('http://api.example/')));
    expect(error.code).toBe('SECURITY_EGRESS_ADDRESS_FORBIDDEN');
    nothingForbidden();
  });

  it('refuses a rebound name although a connection from before is still open', async () => {
    net.names.set('api.example', [[PUBLIC_ADDRESS], ['10.0.0.1']]);
    await net.egress.fetch(net.caller([API]), get('http://api.example/'));
    await refusal(net.egress.fetch(net.caller([API]), get('http://api.example/')));
    expect(net.allowed.requests).toBe(1);
    nothingForbidden();
  });

  it('says so when a name leads nowhere', async () => {
    net.names.delete('api.example');
    expect((await refusal(net.egress.fetch(net.caller([API]), get('http://api.example/')))).code).toBe('SECURITY_EGRESS_NAME_UNRESOLVED');
    net.names.set('api.example', [[]]);
    expect((await refusal(net.egress.fetch(net.caller([API]), get('http://api.example/')))).code).toBe('SECURITY_EGRESS_NAME_UNRESOLVED');
  });
});

describe('S-08 redirects', () => {
  const redirectTo = (location: string, status = 302) => {
    net.allowed.handler = (request, response) => {
      if (request.url === '/end') return response.end('end');
      return response.writeHead(status, { location }).end();
    };
  };
  const targets = [
    'http://127.0.0.1/',
    'http://2130706433/',
    'http://0x7f.1/',
    'http://[::1]/',
    'http://169.254.169.254/latest/meta-data/',
    'http://evil.example/',
    'http://localhost/',
    'https://api.example/',
    'http://api.example:81/',
    'http://user:pass@api.example/end',
    'file:///etc/passwd',
    'gopher://api.example/',
    '//evil.example/end',
    '//127.0.0.1/end',
    'http:\\\\127.0.0.1\\end',
    '\\\\evil.example',
    'http://[::ffff:7f00:1]/',
    'data:text/html,x',
    'javascript:alert(1)',
    'http://',
    'http://[',
  ];

  it.each(targets)('does not follow one to %j', async (location) => {
    redirectTo(location);
    const error = await refusal(net.egress.fetch(net.caller([API]), get('http://api.example/')));
    expect(error.code).toBe('SECURITY_EGRESS_REDIRECT_REFUSED');
    expect(net.allowed.requests).toBe(1);
    expect(net.connects.map(({ address }) => address)).toEqual([PUBLIC_ADDRESS]);
    nothingForbidden();
  });

  it.each(['127.0.0.1', '169.254.169.254', '::1', '10.1.1.1', 'fd00::1'])(
    'judges the declared target anew: now it leads to %s',
    async (address) => {
      redirectTo('http://other.example/');
      net.names.set('other.example', [[address]]);
      const error = await refusal(net.egress.fetch(net.caller([API, OTHER]), get('http://api.example/')));
      expect(error.code).toBe('SECURITY_EGRESS_ADDRESS_FORBIDDEN');
      nothingForbidden();
    },
  );

  it('follows within what is declared', async () => {
    redirectTo('http://other.example/landed');
    const answer = await net.egress.fetch(net.caller([API, OTHER]), get('http://api.example/'));
    expect(answer.url).toBe('http://other.example/landed');
    expect(net.other.requests).toBe(1);
  });

  it('follows 5 and no more', async () => {
    let hops = 0;
    net.allowed.handler = (_, response) => response.writeHead(302, { location: `/hop/${(hops += 1)}` }).end();
    expect((await refusal(net.egress.fetch(net.caller([API]), get('http://api.example/')))).code).toBe('SECURITY_EGRESS_REDIRECT_LIMIT');
    expect(net.allowed.requests).toBe(6);
  });

  it('never leaves https for http', async () => {
    net.names.set('secure.example', [[PUBLIC_ADDRESS]]);
    net.secure.handler = (_, response) => response.writeHead(302, { location: 'http://api.example/' }).end();
    const error = await refusal(net.egress.fetch(net.caller([{ host: 'secure.example' }, API]), get('https://secure.example/')));
    expect(error.code).toBe('SECURITY_EGRESS_REDIRECT_REFUSED');
    expect(net.allowed.requests).toBe(0);
  });

  it('takes the method to be declared for the target as well', async () => {
    redirectTo('http://other.example/', 307);
    const error = await refusal(
      net.egress.fetch(
        net.caller([API, { ...OTHER, methods: ['GET'] }]),
        get('http://api.example/', { method: 'POST', body: Buffer.from('x') }),
      ),
    );
    expect(error.code).toBe('SECURITY_EGRESS_REDIRECT_REFUSED');
    expect(net.other.requests).toBe(0);
  });

  it('turns POST into GET at 303 and drops body and its headers; keeps both at 307', async () => {
    redirectTo('/end', 303);
    const post = get('http://api.example/', { method: 'POST', body: Buffer.from('data'), headers: { 'content-type': 'text/plain' } });
    await net.egress.fetch(net.caller([API]), post);
    expect(net.allowed.seen[1]).toMatchObject({ method: 'GET', body: '' });
    expect(net.allowed.seen[1]?.headers['content-type']).toBeUndefined();

    net.allowed.seen.length = 0;
    redirectTo('/end', 307);
    await net.egress.fetch(net.caller([API]), post);
    expect(net.allowed.seen[1]).toMatchObject({ method: 'POST', body: 'data', headers: { 'content-type': 'text/plain' } });
  });
});

describe('S-08 secrets on the way out', () => {
  const SECURE: HttpScope = { host: 'secure.example' };
  const withSecret = {
    'x-api-key': { $secret: 'token' },
    authorization: { $secret: 'token', prefix: 'Bearer ' },
    cookie: 'a=b',
    'x-plain': 'stays',
  };
  beforeEach(() => {
    net.names.set('secure.example', [[PUBLIC_ADDRESS]]);
    net.secrets.set('token', 'canary-value');
  });

  it('puts the value into the header, over a connection whose certificate is for the name', async () => {
    await net.egress.fetch(net.caller([SECURE]), get('https://secure.example/', { headers: withSecret }));
    expect(net.secure.seen[0]?.headers).toMatchObject({
      'x-api-key': 'canary-value',
      authorization: 'Bearer canary-value',
      host: 'secure.example',
    });
    expect(net.revealed[0]).toEqual({ extension: 'acme.notes', handle: 'token', host: 'secure.example' });
  });

  it('sends no secret, credential or cookie on to another origin', async () => {
    const { secure, other } = net;
    net.names.set('second.example', [[OTHER_ADDRESS]]);
    net.places.set(OTHER_ADDRESS, { plain: other, secure });
    secure.handler = (request, response) => {
      if (request.url === '/landed') return response.end();
      return response.writeHead(307, { location: 'https://secure.example:8443/landed' }).end();
    };
    await net.egress.fetch(net.caller([SECURE, { ...SECURE, port: 8443 }]), get('https://secure.example/', { headers: withSecret }));
    expect(secure.seen).toHaveLength(2);
    expect(secure.seen[1]?.headers).toMatchObject({ 'x-plain': 'stays' });
    expect(JSON.stringify(secure.seen[1])).not.toContain('canary-value');
    expect(Object.keys(secure.seen[1]?.headers ?? {})).not.toEqual(expect.arrayContaining(['authorization']));
    expect(secure.seen[1]?.headers['cookie']).toBeUndefined();
  });

  describe('that a workflow conceals', () => {
    let asked = 0;
    const conceal = (more: Partial<ConcealedParts> = {}) => {
      asked += 1;
      return Promise.resolve({ headers: { 'x-token': 'canary-value' }, body: null, values: ['canary-value'], ...more });
    };
    beforeEach(() => {
      asked = 0;
      net.names.set('intern.example', [['10.0.0.1']]);
    });

    it('go to the first origin, and come back covered', async () => {
      net.secure.handler = (request, response) => {
        if (request.url === '/a') return response.writeHead(307, { location: '/b' }).end();
        return response.writeHead(200, { 'x-echo': 'canary-value' }).end(`you said ${String(request.headers['x-token'])}`);
      };
      const body = Buffer.from('{"pin":"canary-value"}');
      const request = get('https://secure.example/a', { method: 'POST', body: Buffer.from('{}'), conceal: () => conceal({ body }) });
      const answer = await net.egress.fetch(net.caller([SECURE]), request);
      expect(net.secure.seen.map((seen) => [seen.headers['x-token'], seen.body])).toEqual([
        ['canary-value', String(body)],
        ['canary-value', String(body)],
      ]);
      expect([asked, answer.headers['x-echo'], String(answer.body)]).toEqual([1, '[secret]', 'you said [secret]']);
    });

    it('are not asked for before the place is judged, and leave in the clear for nobody', async () => {
      const to = (url: string, more: Partial<ConcealedParts> = {}) =>
        refusal(
          net.egress.fetch(net.caller([API, { host: 'intern.example', scheme: 'http' }]), get(url, { conceal: () => conceal(more) })),
        );
      expect((await to('http://intern.example/')).code).toBe('SECURITY_EGRESS_ADDRESS_FORBIDDEN');
      expect(asked).toBe(0);
      expect((await to('http://api.example/')).code).toBe('SECURITY_EGRESS_HEADER_REFUSED');
      expect((await to('http://api.example/', { values: [], headers: { host: 'x' } })).code).toBe('SECURITY_EGRESS_HEADER_REFUSED');
      const broken = await to('http://api.example/', { values: [], headers: { 'x-token': 'canary-value\r\nx: y' } });
      expect([broken.code, JSON.stringify(broken.facts).includes('canary')]).toEqual(['SECURITY_EGRESS_HEADER_REFUSED', false]);
      const large = await to('http://api.example/', { values: [], body: Buffer.alloc(640 * 1024 + 1) });
      expect(large.code).toBe('SECURITY_EGRESS_TOO_LARGE');
      expect(net.connects).toEqual([]);
    });

    it('stay where they are when redirects are not followed', async () => {
      net.secure.handler = (_, response) => response.writeHead(302, { location: 'https://other.example/' }).end();
      const answer = await net.egress.fetch(
        net.caller([SECURE]),
        get('https://secure.example/', { follow: false, conceal: () => conceal() }),
      );
      expect([answer.status, net.secure.requests]).toEqual([302, 1]);
    });
  });

  it('keeps them on the same origin', async () => {
    net.secure.handler = (request, response) => (request.url === '/a' ? response.writeHead(307, { location: '/b' }).end() : response.end());
    await net.egress.fetch(net.caller([SECURE]), get('https://secure.example/a', { headers: withSecret }));
    expect(net.secure.seen[1]?.headers['authorization']).toBe('Bearer canary-value');
  });

  it('asks for no secret before the place is judged, and sends none in the clear to the public', async () => {
    net.names.set('secure.example', [['127.0.0.1']]);
    await refusal(net.egress.fetch(net.caller([SECURE]), get('https://secure.example/', { headers: withSecret })));
    expect((await refusal(net.egress.fetch(net.caller([API]), get('http://api.example/', { headers: withSecret })))).code).toBe(
      'SECURITY_EGRESS_HEADER_REFUSED',
    );
    expect(net.revealed).toEqual([]);
    expect(net.connects).toEqual([]);
  });

  it('refuses a secret that would break out of its header', async () => {
    net.secrets.set('token', 'canary\r\nX-Injected: 1');
    const error = await refusal(net.egress.fetch(net.caller([SECURE]), get('https://secure.example/', { headers: withSecret })));
    expect(error.code).toBe('SECURITY_EGRESS_HEADER_REFUSED');
    expect(JSON.stringify(error.facts)).not.toContain('canary');
    expect(net.connects).toEqual([]);
  });

  it('U-05 shows no value in any error', async () => {
    net.secure.handler = (_, response) => response.destroy();
    const error = await refusal(net.egress.fetch(net.caller([SECURE]), get('https://secure.example/?q=1', { headers: withSecret })));
    expect(error.code).toBe('SECURITY_EGRESS_FAILED');
    expect(JSON.stringify([error.message, error.facts, error.stack])).not.toContain('canary-value');
  });

  it('refuses a certificate for another name', async () => {
    net.names.set('wrong.example', [[PUBLIC_ADDRESS]]);
    const error = await refusal(
      net.egress.fetch(net.caller([{ host: 'wrong.example' }]), get('https://wrong.example/', { headers: withSecret })),
    );
    expect(error.facts['reason']).toBe('its certificate is for another name');
    expect(net.secure.requests).toBe(0);
  });
});

describe('S-08 limits', () => {
  const large = Buffer.alloc(2 * 1024 * 1024, 'a');

  it('stops a body that is too large', async () => {
    net.allowed.handler = (_, response) => response.end(large);
    expect((await refusal(net.egress.fetch(net.caller([API]), get('http://api.example/')))).code).toBe('SECURITY_EGRESS_TOO_LARGE');
  });

  it.each([
    ['gzip', gzipSync(large)],
    ['deflate', deflateSync(large)],
    ['br', brotliCompressSync(large)],
  ])('stops a small %s body that is too large when opened', async (encoding, body) => {
    expect(body.length).toBeLessThan(10_000);
    net.allowed.handler = (_, response) => response.writeHead(200, { 'content-encoding': encoding }).end(body);
    expect((await refusal(net.egress.fetch(net.caller([API]), get('http://api.example/')))).code).toBe('SECURITY_EGRESS_TOO_LARGE');
  });

  it('opens what was packed and drops the headers that no longer hold', async () => {
    net.allowed.handler = (_, response) => response.writeHead(200, { 'content-encoding': 'gzip', 'x-kept': 'yes' }).end(gzipSync('hello'));
    const answer = await net.egress.fetch(net.caller([API]), get('http://api.example/'));
    expect(answer.body.toString()).toBe('hello');
    expect(answer.headers).toMatchObject({ 'x-kept': 'yes' });
    expect(answer.headers['content-encoding']).toBeUndefined();
  });

  it.each(['zstd', 'gzip, gzip', 'compress'])('refuses content encoding %s', async (encoding) => {
    net.allowed.handler = (_, response) => response.writeHead(200, { 'content-encoding': encoding }).end('x');
    expect((await refusal(net.egress.fetch(net.caller([API]), get('http://api.example/')))).code).toBe('SECURITY_EGRESS_ENCODING');
  });

  it('says so when packed content is damaged', async () => {
    net.allowed.handler = (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('not gzip at all');
    expect((await refusal(net.egress.fetch(net.caller([API]), get('http://api.example/')))).facts['reason']).toBe(
      'its compressed content is damaged',
    );
  });

  it('answers HEAD, 204 and 304 although they name an encoding', async () => {
    for (const status of [200, 204, 304]) {
      net.allowed.handler = (_, response) => response.writeHead(status, { 'content-encoding': 'gzip' }).end();
      expect((await net.egress.fetch(net.caller([API]), get('http://api.example/', { method: 'HEAD' }))).status).toBe(status);
    }
  });

  it('stops headers that are too large', async () => {
    net.allowed.handler = (_, response) => response.writeHead(200, { 'x-long': 'a'.repeat(40_000) }).end();
    expect((await refusal(net.egress.fetch(net.caller([API]), get('http://api.example/')))).facts['reason']).toBe(
      'its headers are too large',
    );
  });

  it("stops at the total time, the chain's rest included", async () => {
    net.allowed.handler = () => undefined;
    const error = await refusal(
      net.egress.fetch({ ...net.caller([API]), deadlineMs: 50 }, get('http://api.example/', { timeoutMs: 5_000 })),
    );
    expect(error.facts).toMatchObject({ phase: 'total', milliseconds: 50 });
  });

  it('stops at the total time while the resolver says nothing', async () => {
    net.names.set('api.example', []);
    net.silent.add('api.example');
    const error = await refusal(net.egress.fetch({ ...net.caller([API]), deadlineMs: 50 }, get('http://api.example/')));
    expect(error.facts).toMatchObject({ phase: 'total' });
    expect(net.connects).toEqual([]);
  });

  it('stops when the caller gives up', async () => {
    const gone = new AbortController();
    net.allowed.handler = () => gone.abort();
    const error = await refusal(net.egress.fetch({ ...net.caller([API]), signal: gone.signal }, get('http://api.example/')));
    expect(error.facts['reason']).toBe('the call was cancelled');
  });

  it('never shares a connection between tenants or extensions', async () => {
    await net.egress.fetch(net.caller([API], TENANT, 'acme.one'), get('http://api.example/'));
    await net.egress.fetch(net.caller([API], TENANT, 'acme.one'), get('http://api.example/'));
    expect(net.allowed.connections).toBe(1);
    await net.egress.fetch(net.caller([API], OTHER_TENANT, 'acme.one'), get('http://api.example/'));
    await net.egress.fetch(net.caller([API], TENANT, 'acme.two'), get('http://api.example/'));
    expect(net.allowed.connections).toBe(3);
  });

  it('stops an extension at its quota before anything leaves, and no other one', async () => {
    const greedy = net.caller([API], TENANT, 'acme.greedy');
    for (let call = 0; call < 600; call += 1) await net.egress.fetch(greedy, get('http://api.example/'));
    const before = net.allowed.requests;
    expect((await refusal(net.egress.fetch(greedy, get('http://api.example/')))).code).toBe('SECURITY_EGRESS_QUOTA');
    expect(net.allowed.requests).toBe(before);
    await net.egress.fetch(net.caller([API], OTHER_TENANT, 'acme.greedy'), get('http://api.example/'));
  });
});

describe('S-08 private hosts that an operator has opened', () => {
  const INTRANET: HttpScope = { host: 'intranet.example', scheme: 'http' };
  const open = (tenant: string | null, networks = ['10.1.0.0/16']) =>
    handleCommand(
      net.store,
      privateHostDecider,
      PRIVATE_HOSTS,
      { type: 'OpenPrivateHost', data: { host: 'intranet.example', networks, tenant, reason: 'for a test' } },
      metadata(),
    );
  const close = (tenant: string | null) =>
    handleCommand(
      net.store,
      privateHostDecider,
      PRIVATE_HOSTS,
      { type: 'ClosePrivateHost', data: { host: 'intranet.example', tenant } },
      metadata(),
    );
  const metadata = () => ({
    commandId: randomUUID(),
    tenant: '_',
    actor: 'op',
    actorKind: 'user' as const,
    correlationId: 'c',
    now: '2026-01-01T00:00:00.000Z',
  });
  beforeEach(() => {
    net.names.set('intranet.example', [['10.1.2.3']]);
    net.places.set('10.1.2.3', { plain: net.other });
  });

  it('are reached by that tenant, by that name, into that network, until they are closed', async () => {
    const fetch = (tenant = TENANT) => net.egress.fetch(net.caller([INTRANET], tenant), get('http://intranet.example/'));
    expect((await refusal(fetch())).code).toBe('SECURITY_EGRESS_ADDRESS_FORBIDDEN');
    await open(TENANT);
    expect((await fetch()).status).toBe(200);
    expect((await refusal(fetch(OTHER_TENANT))).code).toBe('SECURITY_EGRESS_ADDRESS_FORBIDDEN');

    net.names.set('intranet.example', [['10.2.2.3']]);
    expect((await refusal(fetch())).code).toBe('SECURITY_EGRESS_ADDRESS_FORBIDDEN');
    net.names.set('intranet.example', [['127.0.0.1']]);
    expect((await refusal(fetch())).code).toBe('SECURITY_EGRESS_ADDRESS_FORBIDDEN');
    net.names.set('api.example', [['10.1.2.3']]);
    expect((await refusal(net.egress.fetch(net.caller([API]), get('http://api.example/')))).code).toBe('SECURITY_EGRESS_ADDRESS_FORBIDDEN');

    net.names.set('intranet.example', [['10.1.2.3']]);
    await close(TENANT);
    expect((await refusal(fetch())).code).toBe('SECURITY_EGRESS_ADDRESS_FORBIDDEN');
    nothingForbidden();
  });

  it('are closed while nobody can tell whether they are open, and the host is not blamed', async () => {
    await open(TENANT);
    net.store.readStream = () => {
      throw new Unavailable('the event store cannot be reached', true);
    };
    const refused = await refusal(net.egress.fetch(net.caller([INTRANET]), get('http://intranet.example/')));
    Reflect.deleteProperty(net.store, 'readStream');
    expect(refused).toMatchObject({ code: 'REQUEST_UNAVAILABLE', facts: { reason: 'the event store cannot be reached' } });
    await close(TENANT);
    nothingForbidden();
  });

  it('still have to be declared and granted', async () => {
    await open(null);
    expect((await refusal(net.egress.fetch(net.caller([API]), get('http://intranet.example/')))).code).toBe('SECURITY_EGRESS_UNDECLARED');
    await close(null);
  });
});
