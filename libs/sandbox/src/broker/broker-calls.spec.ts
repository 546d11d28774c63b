import { describe, expect, it } from '@jest/globals';
import { Rejection, Unavailable, type AuditRecord } from '@kari/kernel';
import { manualClock } from '@kari/kernel/testing';
import type { Grant, Installation } from '@kari/extension/contract';
import type { Manifest } from '@kari/protocol/manifest';
import { BrokerError, type IncomingStream, type OutgoingStream } from '@kari/protocol/broker';
import { z } from 'zod';
import type { BrokerCaller, Capability, CapabilityOperation } from '../contract.js';
import { Broker, type BrokerBinding, type OpenInvocation } from './broker.js';

const TENANT = '00000000-0000-7000-8000-00000000000a';
const manifest: Pick<Manifest, 'permissions'> = { permissions: { kv: { bytes: 10, reason: 'The spec wants to know.' } } };
const granted: Grant = { id: 'kv', capability: 'kv', scope: { bytes: 10 }, state: 'granted' };
const installationWith = (grants: readonly Grant[]): Installation =>
  ({ status: 'enabled', version: { version: '1.0.0', manifest }, grants }) as unknown as Installation;
const never = new AbortController().signal;

type Perform = (caller: BrokerCaller, request: { key: string }) => Promise<unknown>;

interface Scene {
  readonly perform?: Perform;
  readonly audit?: CapabilityOperation['audit'];
  readonly subject?: (request: { key: string }) => string;
  readonly counting?: () => Promise<void>;
  readonly recording?: () => Promise<void>;
}

/** One extension that may use its key-value store, and everything that is said and written while it does. */
function scene({ perform = () => Promise.resolve('done'), audit = 'denials', subject, counting, recording }: Scene = {}) {
  const clock = manualClock();
  const [entries, counted, lines, logged]: [AuditRecord[], unknown[], unknown[], unknown[]] = [[], [], [], []];
  let grants: readonly Grant[] | null = [granted];
  const operation = (name: string): CapabilityOperation<{ key: string }> => ({
    name,
    schema: z.strictObject({ key: z.string() }),
    audit,
    allows: (_scopes, { key }) => (key === 'secret' ? { allowed: false, why: 'not that key' } : { allowed: true }),
    perform,
    ...(subject === undefined ? {} : { subject }),
  });
  const kv: Capability = { name: 'kv', openToAll: false, operations: [operation('put')] };
  const log: Capability = { name: 'log', openToAll: true, operations: [operation('write')] };
  const note = (level: string) => (fields: object, message: string) => void logged.push([level, message, fields]);
  const logger = { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error'), child: () => logger };
  const find = (): Installation => {
    if (grants === null) throw new Error('the snapshot is gone');
    return installationWith(grants);
  };
  const broker = new Broker({
    capability: (name) => [kv, log].find((one) => one.name === name),
    installations: { find, ofTenant: () => [], onChange: () => () => undefined },
    tenants: { find: (id) => ({ id, slug: id, status: 'active' }), all: () => [], onChange: () => () => undefined },
    audit: { record: async (entry) => (await recording?.(), void entries.push(entry)) },
    rates: { extensionCall: async (call) => (counted.push(call), await counting?.()) },
    clock,
    timers: clock,
    ids: { next: () => 'c-new' },
    logger,
  });
  const ending = new AbortController();
  const open: OpenInvocation = {
    context: {
      invocation: 'i-1',
      correlationId: 'c-1',
      traceparent: '00-a-b-01',
      tenant: TENANT,
      actor: { id: 'ada', kind: 'user' },
      deadlineMs: 500,
      idempotencyKey: 'k-1',
    },
    depth: 3,
    deadline: clock.monotonic() + 500,
    signal: ending.signal,
  };
  const binding: BrokerBinding = {
    tenant: TENANT,
    extension: 'acme.notes',
    version: '1.0.0',
    manifest,
    invocation: (id) => (id === 'i-1' ? open : null),
    ownDeadlineMs: 200,
    openStream: () => ({ id: 4 }) as OutgoingStream,
    readStream: (id) => ({ id }) as IncomingStream,
    logged: (...line) => void lines.push(line),
  };
  const grant = (now: readonly Grant[] | null): void => void (grants = now);
  const call = (params: unknown = { request: { key: 'a' } }, signal = never, method = 'kv.put') =>
    broker.call(binding, method, params, signal);
  return { broker, binding, call, grant, ending, clock, entries, counted, lines, logged };
}

async function errorOf(call: Promise<unknown>): Promise<Pick<BrokerError, 'code' | 'message' | 'reason' | 'facts'>> {
  const error: unknown = await call.then(
    (answer) => new Error(`was answered ${String(answer)}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof BrokerError)) throw error;
  return error;
}

const entry = {
  tenant: TENANT,
  actor: 'acme.notes',
  actorKind: 'extension',
  operation: 'kv.put',
  subject: null,
  facts: { version: '1.0.0', onBehalfOf: 'acme.notes' },
  correlationId: 'c-new',
};
const ofInvocation = { facts: { version: '1.0.0', onBehalfOf: 'ada' }, correlationId: 'c-1', traceparent: '00-a-b-01' };
const denied = { outcome: 'denied', code: 'SANDBOX_CAPABILITY_DENIED' };
/** An effect that lasts until the spec ends it. */
const endless: Perform = () => new Promise(() => undefined);

describe('who a call is made for', () => {
  const told: (Partial<BrokerCaller> & Record<string, unknown>)[] = [];
  const perform: Perform = ({ signal, streams, log, ...caller }) => {
    told.push({ ...caller, aborted: signal.aborted, opened: streams?.open().id, read: streams?.read(9).id });
    log?.('warn', 'half full', { spoons: 5 });
    return Promise.resolve(null);
  };

  it('is the extension itself, or the one whose invocation is open; nothing that it says can change that', async () => {
    const { call, lines, counted } = scene({ perform });
    await call();
    await call({ invocation: 'i-1', request: { key: 'a' } });
    const common = {
      tenant: TENANT,
      extension: 'acme.notes',
      version: '1.0.0',
      scopes: [{ bytes: 10 }],
      aborted: false,
      opened: 4,
      read: 9,
    };
    expect(told).toEqual([
      { ...common, actor: { id: 'acme.notes', kind: 'extension' }, correlationId: 'c-new', depth: 0, deadlineMs: 200 },
      { ...common, actor: { id: 'ada', kind: 'user' }, correlationId: 'c-1', traceparent: '00-a-b-01', depth: 3, deadlineMs: 500 },
    ]);
    expect(lines).toEqual([
      ['warn', 'half full', null, { spoons: 5 }],
      ['warn', 'half full', 'c-1', { spoons: 5 }],
    ]);
    const rate = { tenant: TENANT, actor: 'acme.notes', actorKind: 'extension', operation: 'broker.limit' };
    expect(counted).toEqual([
      { ...rate, correlationId: 'c-new' },
      { ...rate, correlationId: 'c-1' },
    ]);
  });

  it('is nobody once the invocation has ended, and no call without an envelope is one', async () => {
    const { call, counted } = scene();
    expect(await errorOf(call({ invocation: 'i-2', request: { key: 'a' } }))).toMatchObject({
      code: 'INVALID',
      message: 'The invocation this call is made for has ended.',
    });
    expect(await errorOf(call({ key: 'a' }))).toMatchObject({
      code: 'INVALID',
      message: 'The parameters of kv.put are not { invocation?, request }.',
    });
    expect(counted).toEqual([]);
  });
});

describe('a call', () => {
  it('that is allowed leaves no trace, unless its operation is always audited', async () => {
    const quiet = scene();
    const watched = scene({ audit: 'all', subject: ({ key }) => `key:${key}` });
    expect([await quiet.call(), quiet.entries]).toEqual(['done', []]);
    expect(await watched.call({ invocation: 'i-1', request: { key: 'a' } })).toBe('done');
    expect(watched.entries).toEqual([{ ...entry, ...ofInvocation, outcome: 'allowed', subject: 'key:a' }]);
  });

  it('that is denied is not made, and its denial is audited', async () => {
    let made = 0;
    const { call, entries } = scene({ perform: () => Promise.resolve((made += 1)) });
    const facts = { extension: 'acme.notes', method: 'kv.put', why: 'not that key' };
    expect(await errorOf(call({ request: { key: 'secret' } }))).toMatchObject({
      code: 'DENIED',
      message: 'acme.notes may not kv.put: not that key. Declare it in the manifest and let an operator of the tenant grant it.',
      reason: 'SANDBOX_CAPABILITY_DENIED',
      facts,
    });
    expect(entries).toEqual([{ ...entry, ...denied, facts: { ...entry.facts, check: 'scope', why: 'not that key' } }]);
    expect(made).toBe(0);
  });

  it('of a method that there is not is denied by the first letters of its name', async () => {
    const { call, entries } = scene();
    const error = await errorOf(call(undefined, never, 'x'.repeat(300)));
    expect([error.facts?.['method'], entries[0]?.operation]).toEqual(['x'.repeat(100), 'x'.repeat(100)]);
  });

  it('that is malformed is refused without an entry', async () => {
    const { call, entries } = scene();
    expect(await errorOf(call({ request: { key: 1 } }))).toMatchObject({ code: 'INVALID', reason: 'SANDBOX_CALL_INVALID' });
    expect(entries).toEqual([]);
  });

  it('whose permission is revoked while it runs has no answer', async () => {
    const { call, grant, entries } = scene({ audit: 'all', perform: () => Promise.resolve(grant([])) });
    expect(await errorOf(call())).toMatchObject({ code: 'DENIED', reason: 'SANDBOX_CAPABILITY_DENIED' });
    expect(entries).toMatchObject([{ ...denied, facts: { check: 'grant' } }]);
  });

  it('is denied while grants cannot be read', async () => {
    const { call, grant, entries, logged } = scene();
    grant(null);
    expect(await errorOf(call())).toMatchObject({ code: 'DENIED', facts: { why: 'the grants cannot be read now' } });
    expect(entries).toMatchObject([{ ...denied, facts: { check: 'grant', why: 'the grants cannot be read now' } }]);
    expect(logged).toEqual([
      ['warn', 'a broker call could not be decided', { extension: 'acme.notes', method: 'kv.put', reason: 'Error: the snapshot is gone' }],
    ]);
  });
});

describe('a call that fails', () => {
  it.each<[string, Error, Partial<BrokerError>, string]>([
    ['as a capability says it', new BrokerError('LIMIT', 'full'), { code: 'LIMIT', message: 'full' }, 'LIMIT'],
    [
      'as the domain says it',
      new Rejection('REQUEST_INVALID', { operation: 'kv', reason: 'x', spoons: 3n }),
      { code: 'INVALID', reason: 'REQUEST_INVALID', facts: { operation: 'kv', reason: 'x', spoons: '3' } },
      'REQUEST_INVALID',
    ],
    [
      'by a defect, of which nothing leaves',
      new TypeError('/etc/secret'),
      { code: 'UNAVAILABLE', message: 'kv.put failed inside the platform.' },
      'REQUEST_FAILED',
    ],
  ])('%s', async (_name, failure, told, code) => {
    for (const audit of ['denials', 'all'] as const) {
      const { call, entries } = scene({ audit, perform: () => Promise.reject(failure) });
      expect(await errorOf(call())).toMatchObject(told);
      expect(entries).toEqual(audit === 'all' ? [{ ...entry, outcome: 'failed', code }] : []);
    }
  });

  it('by a defect is told to the operator alone', async () => {
    const { call, logged } = scene({ perform: () => Promise.reject(new TypeError('/etc/secret')) });
    await errorOf(call());
    expect(logged).toEqual([['error', 'a capability failed', { method: 'kv.put', reason: 'TypeError: /etc/secret' }]]);
  });
});

describe('the trail of audit', () => {
  const away = () => Promise.reject(new Unavailable('away', true));
  const unavailable = { code: 'UNAVAILABLE', reason: 'SANDBOX_AUDIT_UNAVAILABLE', facts: { method: 'kv.put' } };

  it('that cannot be written keeps the answer back', async () => {
    const { call, logged } = scene({ audit: 'all', recording: away });
    expect(await errorOf(call())).toMatchObject(unavailable);
    expect(logged).toEqual([
      ['error', 'a broker decision could not be audited', { extension: 'acme.notes', method: 'kv.put', reason: 'Unavailable: away' }],
    ]);
  });

  it('that cannot be counted in stops the call before it is made', async () => {
    let made = 0;
    const perform: Perform = () => Promise.resolve((made += 1));
    expect(await errorOf(scene({ perform, counting: away }).call())).toMatchObject(unavailable);
    const over = () => Promise.reject(new BrokerError('LIMIT', 'too many'));
    expect(await errorOf(scene({ perform, counting: over }).call())).toMatchObject({ code: 'LIMIT', message: 'too many' });
    expect(made).toBe(0);
  });
});

describe('the time of a call', () => {
  it.each([
    ['its own', { request: { key: 'a' } }, 200],
    ['what its invocation has left', { invocation: 'i-1', request: { key: 'a' } }, 500],
  ])('is %s', async (_name, params, milliseconds) => {
    const { call, clock } = scene({ perform: endless });
    const error = errorOf(call(params));
    let over = false;
    void error.then(() => (over = true));
    await clock.advance(milliseconds - 1);
    expect(over).toBe(false);
    await clock.advance(1);
    expect(await error).toMatchObject({ code: 'DEADLINE', message: 'The broker call took longer than its deadline.' });
    expect(clock.pending).toBe(0);
  });

  it('is over before it begins where none is left', async () => {
    let made = 0;
    const { call, clock } = scene({ perform: () => Promise.resolve((made += 1)) });
    await clock.advance(500);
    expect(await errorOf(call({ invocation: 'i-1', request: { key: 'a' } }))).toMatchObject({ code: 'DEADLINE' });
    expect([made, clock.pending]).toEqual([0, 0]);
  });

  it('ends with the call itself, and with the invocation it is made for', async () => {
    const gone = new BrokerError('CANCELLED', 'gone');
    const cancelling = new AbortController();
    const one = scene({ perform: endless });
    const cancelled = errorOf(one.call({ request: { key: 'a' } }, cancelling.signal));
    await one.clock.advance(1);
    cancelling.abort(gone);
    const two = scene({ perform: endless });
    const ended = errorOf(two.call({ invocation: 'i-1', request: { key: 'a' } }));
    await two.clock.advance(1);
    two.ending.abort(gone);
    expect([await cancelled, await ended, one.clock.pending, two.clock.pending]).toEqual([gone, gone, 0, 0]);
  });
});

describe('a notification', () => {
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
  const scenes = () => {
    const made: unknown[] = [];
    const perform: Perform = ({ actor: { id } }, { key }) => Promise.resolve(made.push([id, key]));
    return { made, ...scene({ perform }) };
  };

  it('is a call without an answer, of its invocation while that is open', async () => {
    const { broker, binding, made } = scenes();
    broker.notify(binding, 'log', { request: { key: 'a' } });
    broker.notify(binding, 'log', { invocation: 'i-1', request: { key: 'b' } });
    broker.notify(binding, 'log', { invocation: 'i-2', request: { key: 'c' } });
    await settled();
    expect(made).toEqual([
      ['acme.notes', 'a'],
      ['ada', 'b'],
      ['acme.notes', 'c'],
    ]);
  });

  it('that is none is dropped, and one that is refused is told to the operator alone', async () => {
    const { broker, binding, made, counted, logged } = scenes();
    broker.notify(binding, 'kv.put', { request: { key: 'a' } });
    broker.notify(binding, 'log', { key: 'a' });
    await settled();
    expect([made, counted, logged]).toEqual([[], [], []]);
    broker.notify(binding, 'log', { request: { key: 'secret' } });
    await settled();
    expect([made, logged]).toEqual([[], [['debug', 'a notification was refused', expect.objectContaining({ method: 'log' })]]]);
  });
});
