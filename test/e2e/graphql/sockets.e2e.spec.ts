// GraphQL over WebSocket: every way in, every way out, and nothing lost between.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { CloseCode, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { LIVE_FEED } from '@kari/platform/graphql';
import { patienceFor, sizeOf } from '../../support/size.js';
import { startEdge, TENANT_A, TENANT_B, TOKENS, type EdgeApp } from './edge-app.js';

const SUBSCRIBE = 'subscription S($after: String) { ticked(after: $after) { position text } }';

let edge: EdgeApp;
beforeAll(async () => {
  edge = await startEdge({ sockets: { initWithinMilliseconds: 150, confirmMilliseconds: 60_000, operations: 5, messageBytes: 10_000 } });
});
afterAll(() => edge?.close());
beforeEach(() => {
  edge.world.entries.length = 0;
  edge.world.revoked.clear();
  edge.world.suspended.clear();
});

interface Closed {
  readonly code: number;
  readonly reason: string;
}

/** A socket that speaks the protocol by hand. */
class Raw {
  readonly socket: WebSocket;
  readonly messages: { type: string; id?: string; payload?: Record<string, unknown> }[] = [];
  readonly closed: Promise<Closed>;
  private readonly waiting = new Set<() => void>();

  constructor(headers: Record<string, string> = {}, protocol: string | readonly string[] = 'graphql-transport-ws', app = edge) {
    this.socket = new WebSocket(`${app.url.replace('http', 'ws')}/graphql`, [protocol].flat(), { headers });
    this.socket.on('message', (data) => {
      this.messages.push(JSON.parse((data as Buffer).toString('utf8')) as never);
      for (const wake of this.waiting) wake();
    });
    this.closed = new Promise((resolve) => this.socket.on('close', (code, reason) => resolve({ code, reason: String(reason) })));
    this.socket.on('error', () => undefined);
  }

  async open(): Promise<this> {
    if (this.socket.readyState !== WebSocket.OPEN) await once(this.socket, 'open');
    return this;
  }

  say(message: unknown): this {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
    return this;
  }

  async until(satisfied: (messages: Raw['messages']) => boolean): Promise<Raw['messages']> {
    while (!satisfied(this.messages)) {
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.waiting.delete(wake);
          resolve();
        };
        this.waiting.add(wake);
      });
    }
    return this.messages;
  }

  async init(token: string = TOKENS.reader, tenant = TENANT_A): Promise<this> {
    await this.open();
    this.say({ type: 'connection_init', payload: { authorization: `Bearer ${token}`, tenant } });
    await this.until((messages) => messages.some(({ type }) => type === 'connection_ack'));
    return this;
  }

  subscribe(id: string, query = SUBSCRIBE, variables: Record<string, unknown> = {}): this {
    return this.say({ type: 'subscribe', id, payload: { query, variables } });
  }

  texts(id: string): string[] {
    return this.messages
      .filter((message) => message.type === 'next' && message.id === id)
      .map(({ payload }) => (payload as { data: { ticked: { text: string } } }).data.ticked.text);
  }
}

/** Until the subscription has left its entry it may not listen yet. */
async function listening(count = 1): Promise<void> {
  while (edge.world.entries.filter(({ operation }) => operation === 'subscription.ticked').length < count)
    await new Promise((resolve) => setImmediate(resolve));
}

describe('G-02 close codes of the protocol', () => {
  it('4406 for a subprotocol that is not ours', async () => {
    expect((await new Raw({}, []).closed).code).toBe(4406);
  });

  it('4408 when connection_init does not come', async () => {
    expect(await (await new Raw().open()).closed).toEqual({ code: 4408, reason: 'Connection initialisation timeout' });
  });

  it('4429 when it comes twice', async () => {
    const raw = await new Raw().init();
    raw.say({ type: 'connection_init' });
    expect((await raw.closed).code).toBe(4429);
  });

  it('4401 for an operation before it', async () => {
    const raw = (await new Raw().open()).subscribe('1');
    expect((await raw.closed).code).toBe(4401);
  });

  it('4409 for an id in use', async () => {
    const raw = (await new Raw().init()).subscribe('1').subscribe('1');
    expect((await raw.closed).code).toBe(4409);
  });

  it.each([
    'no json',
    '[]',
    '{"type":"unknown"}',
    '{"type":"subscribe"}',
    '{"type":"subscribe","id":1,"payload":{"query":"{ me }"}}',
    'null',
  ])('4400 for %s', async (message) => {
    const raw = (await new Raw().init()).say(message);
    expect((await raw.closed).code).toBe(4400);
  });

  it('4400 for a binary message, 1009 for one too large', async () => {
    const binary = await new Raw().init();
    binary.socket.send(Buffer.from('{"type":"ping"}'));
    expect((await binary.closed).code).toBe(4400);
    const large = (await new Raw().init()).say({ type: 'ping', payload: { filler: 'x'.repeat(11_000) } });
    expect((await large.closed).code).toBe(1009);
  });

  it('these are the protocol’s codes for a server: a new one of the package is noticed here', () => {
    const sent = [CloseCode.BadRequest, CloseCode.Unauthorized, CloseCode.Forbidden, CloseCode.SubprotocolNotAcceptable];
    const more = [CloseCode.ConnectionInitialisationTimeout, CloseCode.SubscriberAlreadyExists, CloseCode.TooManyInitialisationRequests];
    const ofServers = [...sent, ...more, CloseCode.InternalServerError].sort();
    expect(ofServers).toEqual([4400, 4401, 4403, 4406, 4408, 4409, 4429, 4500]);
    // The others of the package's list are a client's own.
    const known = Object.values(CloseCode).filter((code) => typeof code === 'number');
    expect(known.filter((code) => !ofServers.includes(code)).sort()).toEqual(
      [CloseCode.InternalClientError, CloseCode.BadResponse, CloseCode.ConnectionAcknowledgementTimeout].sort(),
    );
  });

  it('4401 for a credential that is not known, with one entry in the audit trail', async () => {
    const raw = await new Raw().open();
    raw.say({ type: 'connection_init', payload: { authorization: 'Bearer unknown', tenant: TENANT_A } });
    expect(await raw.closed).toEqual({ code: 4401, reason: 'REQUEST_UNAUTHENTICATED' });
    expect(edge.world.entries.map(({ operation, code }) => [operation, code])).toEqual([
      ['request.authenticate', 'REQUEST_UNAUTHENTICATED'],
    ]);
  });

  it.each([
    ['no tenant', { authorization: `Bearer ${TOKENS.reader}` }],
    ['two tenants', { authorization: `Bearer ${TOKENS.reader}`, tenant: TENANT_A, 'Kari-Tenant': TENANT_A }],
    ['a list of tenants', { authorization: `Bearer ${TOKENS.reader}`, tenant: [TENANT_A] }],
  ])('4403 for %s (Z-04)', async (_name, payload) => {
    const raw = await new Raw().open();
    raw.say({ type: 'connection_init', payload });
    expect(await raw.closed).toEqual({ code: 4403, reason: 'REQUEST_TENANT_REQUIRED' });
  });

  it('credentials may come in headers instead', async () => {
    const raw = await new Raw({ authorization: `Bearer ${TOKENS.reader}`, 'kari-tenant': TENANT_A }).open();
    raw.say({ type: 'connection_init' });
    await raw.until((messages) => messages[0]?.type === 'connection_ack');
    raw.socket.close();
  });
});

describe('G-02 the page a socket comes from', () => {
  const statusFor = async (headers: Record<string, string>): Promise<number | 'opened'> => {
    const raw = new Raw(headers);
    const outcome = await Promise.race([
      once(raw.socket, 'open').then(() => 'opened' as const),
      new Promise<number>((resolve) => raw.socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0))),
    ]);
    raw.socket.terminate();
    return outcome;
  };

  it('its own, an allowed one, or none', async () => {
    expect(await statusFor({ origin: edge.url })).toBe('opened');
    expect(await statusFor({ origin: 'https://panel.example.org' })).toBe('opened');
    expect(await statusFor({})).toBe('opened');
  });

  it.each([
    'https://evil.example.org',
    'null',
    'https://panel.example.org.evil.example',
    'http://panel.example.org',
    'https://panel.example.org/x',
    'file://',
  ])('not %s', async (origin) => {
    expect(await statusFor({ origin })).toBe(403);
  });
});

describe('G-02 what ends a session ends its socket', () => {
  it.each([
    ['a revoked token', () => edge.world.revoked.add(TOKENS.reader), { code: 4401, reason: 'REQUEST_UNAUTHENTICATED' }],
    ['a suspended tenant', () => edge.world.suspended.add(TENANT_A), { code: 4403, reason: 'REQUEST_DENIED' }],
  ])('%s', async (_name, end, closed) => {
    const raw = (await new Raw().init()).subscribe('1');
    const bystander = await new Raw().init(TOKENS.other, TENANT_B);
    await listening();
    end();
    edge.world.doubt({ tenant: TENANT_A });
    expect(await raw.closed).toEqual(closed);
    expect(bystander.socket.readyState).toBe(WebSocket.OPEN);
    bystander.socket.close();
  });

  it('a token that expires is noticed without anybody saying so', async () => {
    const quick = await startEdge({ sockets: { confirmMilliseconds: 50 } });
    try {
      const raw = await new Raw({}, 'graphql-transport-ws', quick).init();
      quick.world.revoked.add(TOKENS.reader);
      expect((await raw.closed).code).toBe(4401);
    } finally {
      await quick.close();
    }
  });

  it('an authenticator that fails closes the socket at the second failure: fail closed, without tearing down all at the first', async () => {
    const raw = await new Raw().init();
    edge.world.authenticatorFails = true;
    edge.world.doubt({});
    await new Promise((resolve) => setImmediate(resolve));
    expect(raw.socket.readyState).toBe(WebSocket.OPEN);
    edge.world.doubt({});
    const { code } = await raw.closed;
    edge.world.authenticatorFails = false;
    expect(code).toBe(4500);
  });

  it('a right lost in mid-stream ends the subscription before the next event', async () => {
    const raw = (await new Raw().init()).subscribe('1');
    await listening();
    await edge.world.append(TENANT_A, 'Ticked', { text: 'before' });
    await raw.until(() => raw.texts('1').length === 1);
    edge.world.revoked.add(`rights of ${TOKENS.reader}`);
    edge.world.doubt({ principal: `user-${TOKENS.reader}` });
    await edge.world.append(TENANT_A, 'Ticked', { text: 'after' });
    const messages = await raw.until((all) => all.some(({ type }) => type === 'error'));
    expect(messages.at(-1)).toMatchObject({ type: 'error', payload: [{ extensions: { code: 'REQUEST_DENIED' } }] });
    expect(raw.texts('1')).toEqual(['before']);
    raw.socket.close();
  });
});

describe('G-02 operations', () => {
  it('a subscription leaves one entry, allowed or denied, whatever comes after', async () => {
    const raw = (await new Raw().init()).subscribe('1');
    await listening();
    for (const text of ['one', 'two', 'three']) await edge.world.append(TENANT_A, 'Ticked', { text });
    await raw.until(() => raw.texts('1').length === 3);
    const denied = (await new Raw().init(TOKENS.nobody)).subscribe('1');
    await denied.until((messages) => messages.some(({ type }) => type === 'next' || type === 'error'));
    expect(edge.world.entries.map(({ operation, outcome, actor }) => [operation, outcome, actor])).toEqual([
      ['subscription.ticked', 'allowed', `user-${TOKENS.reader}`],
      ['subscription.ticked', 'denied', `user-${TOKENS.nobody}`],
    ]);
    expect(JSON.stringify(denied.messages)).toContain('REQUEST_DENIED');
    raw.socket.close();
    denied.socket.close();
  });

  it('each tenant sees its own events alone (Z-02)', async () => {
    const a = (await new Raw().init()).subscribe('1');
    const b = (await new Raw().init(TOKENS.other, TENANT_B)).subscribe('1');
    await listening(2);
    await edge.world.append(TENANT_B, 'Ticked', { text: 'of b' });
    await edge.world.append(TENANT_A, 'Ticked', { text: 'of a' });
    await edge.world.append(TENANT_B, 'Ticked', { text: 'of b again' });
    await Promise.all([a.until(() => a.texts('1').length >= 1), b.until(() => b.texts('1').length >= 2)]);
    expect([a.texts('1'), b.texts('1')]).toEqual([['of a'], ['of b', 'of b again']]);
    a.socket.close();
    b.socket.close();
  });

  it('a client that comes back with its last position misses nothing and sees nothing twice', async () => {
    const before = await edge.world.append(TENANT_A, 'Ticked', { text: 'seen' });
    for (let index = 0; index < 700; index += 1)
      await edge.world.append(index % 2 === 0 ? TENANT_A : TENANT_B, 'Ticked', { text: `missed ${index}` });
    const raw = (await new Raw().init()).subscribe('1', SUBSCRIBE, { after: before });
    await raw.until(() => raw.texts('1').length >= 3);
    for (let index = 700; index < 720; index += 2) await edge.world.append(TENANT_A, 'Ticked', { text: `missed ${index}` });
    await raw.until(() => raw.texts('1').length >= 360);
    expect(raw.texts('1')).toEqual(Array.from({ length: 360 }, (_, index) => `missed ${index * 2}`));
    raw.socket.close();
  });

  it.each([
    ['no position', { after: 'x' }],
    ['a negative one', { after: '-1' }],
  ])('%s to resume from is refused', async (_name, variables) => {
    const raw = (await new Raw().init()).subscribe('1', SUBSCRIBE, variables);
    await raw.until((messages) => JSON.stringify(messages).includes('REQUEST_INVALID'));
    raw.socket.close();
  });

  it('limits, syntax and schema are judged as over HTTP', async () => {
    const raw = await new Raw().init();
    raw
      .subscribe('1', '{ thing(')
      .subscribe('2', '{ thin(id: "1") { id } }')
      .subscribe('3', `{ ${Array.from({ length: 16 }, (_, index) => `a${index}: me`).join(' ')} }`);
    const messages = await raw.until((all) => all.filter(({ type }) => type === 'error').length === 3);
    const codes = messages
      .filter(({ type }) => type === 'error')
      .map(({ payload }) => (payload as unknown as { extensions: { code: string } }[])[0]?.extensions.code);
    expect(codes).toEqual(['REQUEST_SYNTAX', 'REQUEST_DOCUMENT', 'REQUEST_TOO_COMPLEX']);
    expect(JSON.stringify(messages)).not.toContain('Did you mean');
    raw.socket.close();
  });

  it('no more operations at once than allowed; one that completes makes room', async () => {
    const raw = await new Raw().init();
    for (let index = 0; index < 6; index += 1) raw.subscribe(String(index));
    const messages = await raw.until((all) => all.some(({ type }) => type === 'error'));
    expect(messages.find(({ type }) => type === 'error')).toMatchObject({ id: '5', payload: [{ extensions: { code: 'REQUEST_LIMIT' } }] });
    raw.say({ type: 'complete', id: '0' }).subscribe('6', '{ me }');
    await raw.until((all) => all.some(({ type, id }) => type === 'next' && id === '6'));
    raw.socket.close();
  });

  it('an error names the request that the audit trail names, one for each operation', async () => {
    const raw = (await new Raw().init()).subscribe('1', '{ thing(id: "boom") { id } }').subscribe('2', '{ thing(id: "missing") { id } }');
    await raw.until((messages) => messages.filter(({ type }) => type === 'complete').length === 2);
    const named = (id: string) =>
      (
        raw.messages.find((message) => message.type === 'next' && message.id === id)?.payload as {
          errors: { extensions: { correlationId: string } }[];
        }
      ).errors[0]?.extensions.correlationId;
    expect(named('1')).not.toBe(named('2'));
    expect(edge.world.entries.map(({ correlationId, subject }) => [correlationId, subject]).sort()).toEqual(
      [
        [named('1'), 'thing:boom'],
        [named('2'), 'thing:missing'],
      ].sort(),
    );
    const logged = edge.world.lines
      .filter((line) => line.includes('a request failed'))
      .map((line) => (JSON.parse(line) as { correlationId: string }).correlationId);
    expect(logged).toEqual([named('1')]);
    raw.socket.close();
  });

  it('a query and a mutation pass the same gate', async () => {
    const raw = (await new Raw().init(TOKENS.nobody))
      .subscribe('1', '{ thing(id: "1") { id } }')
      .subscribe('2', 'mutation { touch(value: 1) }');
    await raw.until((messages) => messages.filter(({ type }) => type === 'complete').length === 2);
    expect(edge.world.entries.map(({ operation, outcome }) => [operation, outcome]).sort()).toEqual([
      ['mutation.touch', 'denied'],
      ['query.thing', 'denied'],
    ]);
    raw.socket.close();
  });
});

describe('W-08 a client that does not read', () => {
  it('costs a bounded buffer and slows nobody else', async () => {
    const stuck = await stuckClient(edge);
    const well = (await new Raw().init()).subscribe('1');
    await listening(2);
    const text = 'x'.repeat(60_000);
    for (let index = 0; index < 300; index += 1) await edge.world.append(TENANT_A, 'Ticked', { text });
    await well.until(() => well.texts('1').length === 300);
    well.socket.close();
    stuck.destroy();
  });

  it(
    'G-02: subscriptions opened and closed leave nothing behind (T1 1,000, T2 10,000)',
    async () => {
      const feed = () => edge.app.get<{ readonly size: number }>(LIVE_FEED, { strict: false }).size;
      const client = createClient({
        url: `${edge.url.replace('http', 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        lazy: false,
        connectionParams: { authorization: `Bearer ${TOKENS.reader}`, tenant: TENANT_A },
        retryAttempts: 0,
      });
      const times = sizeOf('G-02', { t1: 1_000, t2: 10_000 });
      for (let index = 0; index < times; index += 1) {
        const stop = client.subscribe({ query: SUBSCRIBE }, { next: () => undefined, error: () => undefined, complete: () => undefined });
        if (index % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
        stop();
      }
      // Sockets of the tests before this one may still be closing: in the end nobody watches.
      while (feed() !== 0) await new Promise((resolve) => setImmediate(resolve));
      await client.dispose();
    },
    patienceFor(30_000),
  );
});

/** Upgrades, subscribes and then never reads again. */
async function stuckClient(app: EdgeApp): Promise<Socket> {
  const { port } = new URL(app.url);
  const socket = connect(Number(port), '127.0.0.1');
  await once(socket, 'connect');
  socket.write(
    'GET /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n',
  );
  await once(socket, 'data');
  for (const message of [{ type: 'connection_init', payload: { authorization: `Bearer ${TOKENS.reader}`, tenant: TENANT_A } }])
    socket.write(frame(JSON.stringify(message)));
  await once(socket, 'data');
  socket.write(frame(JSON.stringify({ type: 'subscribe', id: '1', payload: { query: SUBSCRIBE } })));
  socket.pause();
  return socket;
}

/** A masked text frame of up to 64 KiB. */
function frame(text: string): Buffer {
  const payload = Buffer.from(text);
  const mask = Buffer.from([1, 2, 3, 4]);
  const head =
    payload.length < 126
      ? Buffer.from([0x81, 0x80 | payload.length])
      : Buffer.from([0x81, 0x80 | 126, payload.length >> 8, payload.length & 0xff]);
  return Buffer.concat([head, mask, payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0))]);
}
