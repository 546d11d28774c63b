// A network of listeners on loopback behind the seams: an answer of the resolver leads to a listener, and every listener counts what reaches it.
// Connections to any address that no test has placed go to the forbidden listener: its count must stay 0.
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { MemoryEventStore } from '@kari/kernel/testing';
import { systemClock, systemTimers } from '@kari/platform/time';
import type { Secrets } from '@kari/data/contract';
import { ConnectionPools } from '../connection-pools.js';
import { Egress } from '../egress.js';
import { EgressMeter } from '../egress-meter.js';
import { systemConnector, type ConnectTo } from '../network.js';
import type { HttpScope } from '../target.rules.js';
import { AUTHORITY, CERTIFICATE, KEY } from './certificates.js';

export const PUBLIC_ADDRESS = '93.184.216.34';
export const OTHER_ADDRESS = '93.184.216.35';
export const TENANT = '00000000-0000-7000-8000-00000000000a';
export const OTHER_TENANT = '00000000-0000-7000-8000-00000000000b';

interface Listener {
  readonly port: number;
  /** TCP connections taken. */
  connections: number;
  /** Requests read. */
  requests: number;
  readonly seen: { method: string; url: string; headers: NodeJS.Dict<string | string[]>; body: string }[];
  handler: RequestListener;
}

export interface TestNetwork {
  readonly egress: Egress;
  readonly meter: EgressMeter;
  readonly store: MemoryEventStore;
  /** Stands behind PUBLIC_ADDRESS, plain and TLS. */
  readonly allowed: Listener;
  readonly secure: Listener;
  /** Stands behind OTHER_ADDRESS. */
  readonly other: Listener;
  readonly forbidden: Listener;
  /** Answers of the resolver by name; each question takes the next, the last one repeats. */
  readonly names: Map<string, readonly string[][]>;
  /** Names the resolver never answers for. */
  readonly silent: Set<string>;
  readonly questions: string[];
  readonly connects: ConnectTo[];
  readonly revealed: { extension: string; handle: string; host: string }[];
  readonly secrets: Map<string, string>;
  /** Addresses that lead to a listener, whatever the port asked for. */
  readonly places: Map<string, { plain: Listener; secure?: Listener }>;
  caller(scopes: readonly HttpScope[], tenant?: string, extension?: string): Parameters<Egress['fetch']>[0];
  reset(): void;
  stop(): Promise<void>;
}

export async function testNetwork(): Promise<TestNetwork> {
  const sockets = new Set<Socket>();
  const servers: Server[] = [];
  const listen = async (secure: boolean): Promise<Listener> => {
    const listener: Omit<Listener, 'port'> = { connections: 0, requests: 0, seen: [], handler: (_, response) => response.end('ok') };
    const serve: RequestListener = (request, response) => {
      listener.requests += 1;
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks).toString();
        listener.seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
        listener.handler(request, response);
      });
    };
    const server = secure ? createSecureServer({ cert: CERTIFICATE, key: KEY }, serve) : createServer(serve);
    server.on('connection', (socket: Socket) => {
      listener.connections += 1;
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    servers.push(server);
    return Object.assign(listener, { port: (server.address() as AddressInfo).port });
  };

  const [allowed, secure, other, forbidden] = [await listen(false), await listen(true), await listen(false), await listen(false)];
  const places: TestNetwork['places'] = new Map();
  const names: TestNetwork['names'] = new Map();
  const silent = new Set<string>();
  const questions: string[] = [];
  const connects: ConnectTo[] = [];
  const revealed: TestNetwork['revealed'] = [];
  const secretValues = new Map<string, string>();
  const real = systemConnector(AUTHORITY);
  const store = new MemoryEventStore();
  const meter = new EgressMeter(systemClock);
  const connector = {
    connect: (to: ConnectTo) => {
      connects.push(to);
      const place = places.get(to.address);
      const listener = place === undefined ? forbidden : to.servername === null ? place.plain : (place.secure ?? place.plain);
      return real.connect({ ...to, address: '127.0.0.1', port: listener.port });
    },
  };
  const resolver = {
    resolve: (host: string) => {
      const asked = questions.filter((question) => question === host).length;
      questions.push(host);
      if (silent.has(host)) return new Promise<never>(() => undefined);
      const answers = names.get(host);
      const answer = answers?.[Math.min(asked, answers.length - 1)];
      return answer === undefined ? Promise.reject(new Error('ENOTFOUND')) : Promise.resolve(answer);
    },
  };
  const secrets: Secrets = {
    reveal: ({ extension, handle, host }) => {
      revealed.push({ extension, handle, host });
      return Promise.resolve(secretValues.get(handle) ?? '');
    },
  };
  const pools = new ConnectionPools(connector, meter, systemTimers);
  const egress = new Egress(resolver, pools, meter, secrets, systemTimers, store);

  const reset = (): void => {
    for (const listener of [allowed, secure, other, forbidden]) {
      listener.connections = 0;
      listener.requests = 0;
      listener.seen.length = 0;
      listener.handler = (_, response) => response.end('ok');
    }
    names.clear();
    silent.clear();
    questions.length = 0;
    connects.length = 0;
    revealed.length = 0;
    secretValues.clear();
    places.clear();
    places.set(PUBLIC_ADDRESS, { plain: allowed, secure }).set(OTHER_ADDRESS, { plain: other });
    pools.onModuleDestroy();
  };
  reset();
  return {
    egress,
    meter,
    store,
    allowed,
    secure,
    other,
    forbidden,
    names,
    silent,
    questions,
    connects,
    revealed,
    secrets: secretValues,
    places,
    caller: (scopes, tenant = TENANT, extension = 'acme.notes') => ({
      tenant,
      extension,
      correlationId: 'correlation',
      deadlineMs: 10_000,
      signal: new AbortController().signal,
      scopes: scopes as unknown as readonly Readonly<Record<string, unknown>>[],
    }),
    reset,
    stop: async () => {
      pools.onModuleDestroy();
      for (const socket of sockets) socket.destroy();
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}
