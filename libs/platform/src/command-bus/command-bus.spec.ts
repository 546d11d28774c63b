import { describe, expect, it } from '@jest/globals';
import {
  type Audit,
  type AuditRecord,
  type CommandDefinition,
  type Decider,
  rejected,
  Rejection,
  type EventStore,
  type RequestContext,
  streamId,
  Unavailable,
  derivedId,
} from '@kari/kernel';
import { lentStore, manualClock, MemoryEventStore } from '@kari/kernel/testing';
import { Registry, type AnyCommandDefinition } from '@kari/platform/registry';
import { systemIds } from '@kari/platform/time';
import { z } from 'zod';
import { StoreCommandBus, systemPrincipal, type TenantStanding } from './index.js';

const TENANT = '0190a000-0000-7000-8000-000000000001';
const OTHER = '0190a000-0000-7000-8000-000000000002';

type Fill = { type: 'Fill'; data: { jar: string; spoons: number } };
type Filled = { type: 'Filled'; data: { spoons: number } };

const jar: Decider<Fill, Filled, number> = {
  initialState: 0,
  decide(command, spoons) {
    if (command.data.spoons === 0) return [];
    if (spoons + command.data.spoons > 10) throw rejected('REQUEST_LIMIT', { reason: 'the jar is full' });
    return [{ type: 'Filled', data: { spoons: command.data.spoons } }];
  },
  evolve: (spoons, event) => spoons + event.data.spoons,
};

const fill: CommandDefinition<Fill, Filled, number> = {
  type: 'Fill',
  schema: z.object({ jar: z.string().max(20), spoons: z.int() }),
  right: 'config.manage',
  scope: 'tenant',
  stream: (data, tenant) => streamId('data.jar', tenant, data.jar),
  decider: jar,
};

function bench(options: { store?: EventStore; audit?: Audit; standing?: TenantStanding } = {}) {
  const clock = manualClock();
  const store = options.store ?? new MemoryEventStore({ clock });
  const entries: AuditRecord[] = [];
  const audit = options.audit ?? { record: (entry) => Promise.resolve(void entries.push(entry)) };
  const commands = new Registry<AnyCommandDefinition>('command', ({ type }) => type);
  commands.add(
    fill,
    { ...fill, type: 'FillForAll', scope: 'platform', right: 'tenant.create' },
    { ...fill, type: 'Drain', whileSuspended: 'system' },
  );
  const gate = { standing: (tenant: string) => Promise.resolve<TenantStanding>(tenant === '_' ? 'open' : (options.standing ?? 'open')) };
  const bus = new StoreCommandBus(commands, store, audit, gate, clock, systemIds, clock);
  return { bus, store, entries, clock };
}

function caller(overrides: Partial<RequestContext> = {}, held: readonly string[] = ['config.manage']): RequestContext {
  const principal = { id: 'ada', kind: 'user', may: (right: string, scope: string) => held.includes(right) && scope === TENANT } as const;
  return { principal, tenant: TENANT, correlationId: 'c-1', ...overrides };
}

async function log(store: EventStore) {
  const events = [];
  for await (const event of store.readAll()) events.push(event);
  return events;
}

async function refusal(sent: Promise<unknown>): Promise<Rejection> {
  const error: unknown = await sent.then(
    () => new Error('was not refused'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof Rejection)) throw error;
  return error;
}

const wish = (spoons: number, type = 'Fill') => ({ type, data: { jar: 'honey', spoons } });

describe('the command bus', () => {
  it('answers the folded state of a change, whose events carry who, where and why, and leaves no second trace', async () => {
    const { bus, store, entries } = bench();
    const outcome = await bus.send<number>(wish(3), caller({ commandId: derivedId('one') }));
    expect(outcome).toEqual({ state: 3, revision: 0n, position: '1', changed: true });
    const [event] = await log(store);
    expect(event?.meta).toMatchObject({
      tenant: TENANT,
      actor: 'ada',
      actorKind: 'user',
      commandId: derivedId('one'),
      commandType: 'Fill',
      correlationId: 'c-1',
    });
    expect(entries).toEqual([]);
  });

  it('does a repeated command once (U-01)', async () => {
    const { bus, store, entries } = bench();
    const context = caller({ commandId: derivedId('one') });
    const [first, second] = [await bus.send<number>(wish(3), context), await bus.send<number>(wish(3), context)];
    expect(second).toEqual(first);
    expect(await log(store)).toHaveLength(1);
    expect(entries).toEqual([]);
  });

  it('does a command once that is sent twice at once, and answers both alike (U-01)', async () => {
    const memory = new MemoryEventStore();
    const store = lentStore(memory);
    const { bus, clock, entries } = bench({ store });
    const context = caller({ commandId: derivedId('one') });
    // Both have read the stream before either writes, and a moment passes between the two.
    let waiting: (() => void)[] = [];
    store.append = async (items) => {
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
        if (waiting.length === 2) void release();
      });
      return memory.append(items);
    };
    const release = async () => {
      const [one, other] = waiting;
      waiting = [];
      store.append = (items) => memory.append(items);
      one?.();
      await clock.advance(0);
      other?.();
    };
    const first = bus.send<number>(wish(3), context);
    await clock.advance(5);
    const second = bus.send<number>(wish(3), context);
    const outcomes = await Promise.all([first, second]);
    expect(outcomes[0]).toEqual(outcomes[1]);
    expect(await log(memory)).toHaveLength(1);
    expect(entries).toEqual([]);
  });

  it('refuses a command id that another command used, rather than answer what was never done', async () => {
    const { bus, store, entries } = bench();
    const context = caller({ commandId: derivedId('one') });
    await bus.send(wish(3), context);
    expect((await refusal(bus.send(wish(4, 'Drain'), context))).code).toBe('REQUEST_KEY_REUSED');
    expect((await refusal(bus.send({ type: 'Fill', data: { jar: 'jam', spoons: 1 } }, context))).code).toBe('REQUEST_KEY_REUSED');
    expect(await log(store)).toHaveLength(1);
    expect(entries.map((entry) => entry.outcome)).toEqual(['failed', 'failed']);
  });

  it('records a wish that changes nothing', async () => {
    const { bus, entries } = bench();
    expect((await bus.send(wish(0), caller())).changed).toBe(false);
    expect(entries).toMatchObject([
      { tenant: TENANT, actor: 'ada', operation: 'Fill', outcome: 'allowed', subject: 'jar:honey', correlationId: 'c-1' },
    ]);
  });

  it('refuses unknown fields with their name, and keeps what the caller wrote out of the trail (U-05)', async () => {
    const { bus, store, entries } = bench();
    const refused = await refusal(bus.send({ type: 'Fill', data: { jar: 'honey', spoons: 1, hunter2: 'hunter2' } }, caller()));
    expect(refused).toMatchObject({ code: 'REQUEST_INVALID', facts: { operation: 'Fill', field: 'hunter2' } });
    expect(entries).toMatchObject([{ outcome: 'failed', code: 'REQUEST_INVALID', subject: null }]);
    expect(JSON.stringify(entries)).not.toContain('hunter2');
    expect(await log(store)).toEqual([]);
  });

  it('names the path of a bad field', async () => {
    const { bus } = bench();
    const refused = await refusal(bus.send({ type: 'Fill', data: { jar: 'honey', spoons: 'three' } }, caller()));
    expect(refused.facts).toMatchObject({ field: 'spoons' });
    expect(refused.facts['reason']).toMatch(/^spoons: /);
  });

  it('validates before it authorises, and authorises before it decides', async () => {
    const { bus, entries } = bench();
    const stranger = caller({}, []);
    await refusal(bus.send({ type: 'Fill', data: {} }, stranger));
    await refusal(bus.send(wish(99), stranger));
    await refusal(bus.send(wish(99), caller()));
    expect(entries.map(({ code, outcome }) => [code, outcome])).toEqual([
      ['REQUEST_INVALID', 'failed'],
      ['REQUEST_DENIED', 'denied'],
      ['REQUEST_LIMIT', 'failed'],
    ]);
  });

  it('asks for a tenant right in the tenant acted on, and for a platform right on the platform (Z-01)', async () => {
    const { bus, store } = bench();
    expect((await refusal(bus.send(wish(1), caller({ tenant: OTHER })))).code).toBe('REQUEST_DENIED');
    const holdsItInTheTenantOnly = caller({}, ['tenant.create']);
    expect((await refusal(bus.send(wish(1, 'FillForAll'), holdsItInTheTenantOnly))).code).toBe('REQUEST_DENIED');
    const operator = caller({ principal: { id: 'olga', kind: 'user', may: (right, scope) => right === 'tenant.create' && scope === '_' } });
    await bus.send(wish(1, 'FillForAll'), operator);
    expect((await log(store)).map((event) => [event.stream, event.meta.tenant])).toEqual([['data.jar-_~honey', '_']]);
  });

  it('refuses a command nobody registered', async () => {
    const { bus, entries } = bench();
    expect((await refusal(bus.send({ type: 'Nope', data: {} }, caller()))).code).toBe('REQUEST_UNKNOWN_COMMAND');
    expect(entries).toHaveLength(1);
  });

  it.each(['suspended', 'deleted', 'unknown'] as const)(
    'does nothing in a tenant that is %s, except what the system must undo',
    async (standing) => {
      const { bus, store } = bench({ standing });
      const code = standing === 'unknown' ? 'REQUEST_TENANT_REQUIRED' : 'TENANCY_TENANT_SUSPENDED';
      const system = caller({ principal: systemPrincipal('test') });
      for (const [type, context] of [
        ['Fill', caller()],
        ['Fill', system],
        ['Drain', caller()],
      ] as const) {
        expect((await refusal(bus.send(wish(1, type), context))).code).toBe(code);
      }
      await bus.send(wish(1, 'Drain'), system);
      expect(await log(store)).toHaveLength(1);
    },
  );

  it('turns a conflict that does not go away into a refusal', async () => {
    const { bus, store } = bench();
    const racing = lentStore(store);
    racing.readStream = () => (async function* () {})();
    await bus.send(wish(1), caller());
    const raced = bench({ store: racing });
    expect((await refusal(raced.bus.send(wish(1), caller()))).code).toBe('REQUEST_CONFLICT');
    expect(raced.entries).toHaveLength(1);
  });

  it('lets a defect rise as it is, once its trace is written', async () => {
    const broken = lentStore(new MemoryEventStore());
    broken.append = () => Promise.reject(new TypeError('a defect'));
    const { bus, entries } = bench({ store: broken });
    await expect(bus.send(wish(1), caller())).rejects.toThrow(new TypeError('a defect'));
    expect(entries).toMatchObject([{ outcome: 'failed', code: 'REQUEST_FAILED' }]);
  });
});

describe('U-02: no audit, no service', () => {
  const down: Audit = { record: () => Promise.reject(new Unavailable('down', true)) };
  const silent: Audit = { record: () => new Promise(() => undefined) };

  it('answers no refusal and no no-op that it could not record', async () => {
    const { bus, store } = bench({ audit: down });
    for (const command of [wish(0), wish(99), { type: 'Nope', data: {} }, wish(1, 'FillForAll')]) {
      await expect(bus.send(command, caller())).rejects.toBeInstanceOf(Unavailable);
    }
    expect(await log(store)).toEqual([]);
  });

  it('says so within two seconds when the trail is slow', async () => {
    const { bus, clock } = bench({ audit: silent });
    const answer = expect(bus.send(wish(0), caller())).rejects.toBeInstanceOf(Unavailable);
    await clock.advance(2_000);
    await answer;
    expect(clock.pending).toBe(0);
  });

  it('says so within two seconds when the store is slow or down, and serves again by itself', async () => {
    const memory = new MemoryEventStore();
    const store = lentStore(memory);
    const { bus, clock, entries } = bench({ store });

    store.append = () => new Promise(() => undefined);
    const answer = expect(bus.send(wish(1), caller())).rejects.toBeInstanceOf(Unavailable);
    await clock.advance(2_000);
    await answer;

    store.append = () => Promise.reject(new Unavailable('no connection', true));
    await expect(bus.send(wish(1), caller())).rejects.toBeInstanceOf(Unavailable);

    store.append = (items) => memory.append(items);
    expect((await bus.send(wish(1), caller())).changed).toBe(true);
    expect(entries).toEqual([]);
    expect(await log(memory)).toHaveLength(1);
  });
});
