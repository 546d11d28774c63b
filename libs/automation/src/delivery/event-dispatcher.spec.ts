import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Rejection } from '@kari/kernel';
import { rejected } from '@kari/kernel';
import { testDatabase, type TestDatabase } from '@kari/platform/database/testing';
import { A, ADDED, automationRoom, B, listener, SOURCE, source, type AutomationRoom } from '../testing/automation-room.js';
import { automationMigrations } from './delivery.migrations.js';
import type { EventDispatcher } from './event-dispatcher.js';

let database: TestDatabase;
let room: AutomationRoom;
let dispatchers: EventDispatcher[];
beforeAll(async () => {
  database = await testDatabase({ migrations: [automationMigrations] });
});
afterAll(() => database.drop());
beforeEach(async () => {
  await database.system.query('delete from automation.delivery');
  room = automationRoom(database);
  dispatchers = [];
  room.install(source);
  room.install(listener('acme.one'));
});
afterEach(async () => {
  for (const dispatcher of dispatchers) await dispatcher.stop();
  await room.stop();
});

function run(): EventDispatcher {
  const dispatcher = room.dispatcherOf();
  dispatchers.push(dispatcher);
  dispatcher.start();
  return dispatcher;
}

/** Lets real work finish, and moves time on where everything waits for it; by nothing where no retry may come yet. */
async function until(condition: () => boolean | Promise<boolean>, milliseconds = 50): Promise<void> {
  const end = Date.now() + 15_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error('it did not come to pass');
    await new Promise((resolve) => setTimeout(resolve, 2));
    await room.clock.advance(milliseconds);
  }
}

/** Work with the database that the clock set off. */
async function renewed(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) {
    await database.system.query('select 1');
    await new Promise(setImmediate);
  }
}

const states = async () =>
  (await database.system.query<{ state: string }>('select state from automation.delivery order by tenant, subscriber, position')).map(
    ({ state }) => state,
  );
const received = (extension = 'acme.one', tenant = A) =>
  room.invocations
    .filter((one) => one.extension === extension && one.tenant === tenant)
    .map(({ input }) => (input as { data: { n: number } }).data.n);

describe('publishing', () => {
  it('answers once it is in the log, in the name of the extension', async () => {
    const { id } = await room.publish(1);
    const events: unknown[] = [];
    for await (const event of room.store.readAll({})) events.push(event);
    expect(events).toMatchObject([
      {
        id,
        type: 'ExtensionEventPublished',
        stream: `automation.event-${A}~${SOURCE}~k`,
        data: { extension: SOURCE, type: ADDED, key: 'k', data: { n: 1 } },
        meta: { actor: SOURCE, actorKind: 'extension', correlationId: 'correlation' },
      },
    ]);
  });

  it('is refused for what is not granted, declared, valid or small enough', async () => {
    const { allows, perform, schema } = room.operation;
    expect(allows([{ publish: ADDED }], { type: ADDED }).allowed).toBe(true);
    expect(allows([{ subscribe: ADDED }], { type: ADDED }).allowed).toBe(false);
    expect(allows([], { type: ADDED }).allowed).toBe(false);
    const code = async (request: object, caller = room.callerOf()) =>
      perform(caller, schema.parse({ type: ADDED, key: 'k', data: { n: 1 }, ...request })).then(
        () => 'done',
        (error: unknown) => (error as Rejection).code,
      );
    expect(await code({ data: { n: 'x' } })).toBe('AUTOMATION_EVENT_INVALID');
    expect(await code({ data: { n: 1, text: 'a\u0000' } })).toBe('AUTOMATION_EVENT_INVALID');
    expect(await code({ data: 'x'.repeat(70_000) })).toBe('AUTOMATION_EVENT_TOO_LARGE');
    expect(await code({ type: 'acme.source.other.v1' })).toBe('AUTOMATION_EVENT_NOT_DECLARED');
    expect(await code({ type: 'acme.other.added.v1' })).toBe('AUTOMATION_EVENT_NOT_DECLARED');
    expect(await code({}, room.callerOf(B))).toBe('AUTOMATION_EVENT_NOT_DECLARED');
    expect(await code({}, room.callerOf(A, 'acme.one'))).toBe('AUTOMATION_EVENT_NOT_DECLARED');
    for (const forged of [{ tenant: B }, { extension: 'acme.other' }, { key: '' }, { key: 'a b' }, { key: 'x'.repeat(129) }]) {
      expect(schema.safeParse({ type: ADDED, key: 'k', data: { n: 1 }, ...forged }).success).toBe(false);
    }
  });
});

describe('delivery', () => {
  it('hands each event to who listens, in order for each key', async () => {
    room.install(listener('acme.two'));
    run();
    for (let n = 1; n <= 6; n += 1) await room.publish(n, n % 2 === 0 ? 'even' : 'odd');
    await until(async () => (await states()).filter((state) => state === 'delivered').length === 12);
    for (const extension of ['acme.one', 'acme.two']) {
      expect(received(extension).filter((n) => n % 2 === 0)).toEqual([2, 4, 6]);
      expect(received(extension).filter((n) => n % 2 === 1)).toEqual([1, 3, 5]);
    }
    expect(room.invocations[0]).toMatchObject({
      handler: `event:${ADDED}`,
      input: { type: ADDED, time: '2026-01-01T00:00:00.000Z' },
      context: { actor: { id: SOURCE, kind: 'extension' }, correlationId: 'correlation' },
    });
  });

  it('Z-02 stays within the tenant', async () => {
    room.install(source, B);
    room.install(listener('acme.one'), B);
    run();
    await room.publish(1, 'k', A);
    await room.publish(2, 'k', B);
    await until(async () => (await states()).length === 2 && (await states()).every((state) => state === 'delivered'));
    expect([received('acme.one', A), received('acme.one', B)]).toEqual([[1], [2]]);
  });

  it('goes to nobody without subscription and grant, checked again when it is delivered', async () => {
    room.install(listener('acme.ungranted'), A, 'enabled', []);
    room.install({ ...listener('acme.deaf'), events: {} }, A, 'enabled', [{ scope: { subscribe: ADDED } }]);
    room.install(listener('acme.one'), A, 'disabled');
    run();
    await room.publish(1);
    await until(async () => (await states()).length === 1);
    room.install(listener('acme.one'), A, 'enabled', [{ scope: { subscribe: ADDED }, state: 'revoked' }]);
    await until(async () => (await states())[0] === 'skipped');
    expect(room.invocations).toEqual([]);
  });

  it('waits for a disabled subscriber and comes when it is enabled', async () => {
    room.install(listener('acme.one'), A, 'disabled');
    run();
    await room.publish(1);
    await room.publish(2);
    await until(async () => (await states()).length === 2);
    await room.clock.advance(120_000);
    expect(room.invocations).toEqual([]);
    room.install(listener('acme.one'));
    await until(() => received().includes(2));
    // At least once: time moves on here faster than a busy database can note what was delivered.
    expect([...new Set(received())]).toEqual([1, 2]);
  });

  it('comes again after a failure, behind it waits its key, beside it nobody', async () => {
    let failures = 2;
    room.handle('acme.one', ({ data }) => {
      if (data.n === 1 && failures-- > 0) throw rejected('PLUGIN_FAILED', {});
    });
    run();
    await room.publish(1, 'slow');
    await room.publish(2, 'slow');
    await room.publish(3, 'fast');
    await until(() => received().includes(3), 0);
    await until(async () => (await states()).filter((state) => state === 'delivered').length === 3);
    expect(received().filter((n) => n !== 3)).toEqual([1, 1, 1, 2]);
    expect(received().indexOf(3)).toBeLessThan(received().indexOf(2));
    const keys = new Set(
      room.invocations.filter(({ input }) => (input as { data: { n: number } }).data.n === 1).map(({ context }) => context.idempotencyKey),
    );
    expect(keys.size).toBe(1);
  });

  it('is parked after three crashes; a retry or a drop lets the key go on', async () => {
    let poisonous = true;
    room.handle('acme.one', ({ data }) => {
      if (data.n === 1 && poisonous) throw rejected('SANDBOX_CRASHED', {});
    });
    run();
    const { id } = await room.publish(1);
    await room.publish(2);
    await until(async () => (await states()).length === 2 && (await states())[0] === 'parked');
    expect(received()).toEqual([1, 1, 1]);
    await room.clock.advance(600_000);
    expect(await states()).toEqual(['parked', 'pending']);

    await room.bus.send({ type: 'RetryParkedEvent', data: { event: id, subscriber: 'acme.one' } }, room.operator());
    await room.react();
    await until(async () => (await states())[0] === 'parked' && received().length === 6);
    poisonous = false;
    await room.bus.send({ type: 'DropParkedEvent', data: { event: id, subscriber: 'acme.one' } }, room.operator());
    await room.react();
    await until(async () => (await states())[1] === 'delivered');
    expect(await states()).toEqual(['dropped', 'delivered']);
    expect(received()).toEqual([1, 1, 1, 1, 1, 1, 2]);
    const facts: string[] = [];
    for await (const event of room.store.readAll({ filter: { categories: ['automation.delivery'] } })) facts.push(event.type);
    expect(facts).toEqual(['EventDeliveryParked', 'EventDeliveryRetried', 'EventDeliveryParked', 'EventDeliveryDropped']);
  });

  it('parks the one that kills its subscriber, and none that were in hand beside it', async () => {
    // As one process would: whoever is in hand when the poison comes, dies with it. The others take their time.
    const inHand = new Set<(error: Error) => void>();
    room.handle(
      'acme.one',
      ({ data }) =>
        new Promise<void>((resolve, reject) => {
          const over = (settle: () => void) => {
            inHand.delete(die);
            settle();
          };
          const die = (error: Error) => over(() => reject(error));
          inHand.add(die);
          if (data.n === 1) setTimeout(() => [...inHand].forEach((end) => end(rejected('SANDBOX_CRASHED', {}))), 20);
          else setTimeout(() => over(resolve), 60);
        }),
    );
    run();
    await Promise.all([1, 2, 3, 4, 5].map((n) => room.publish(n, `key-${n}`)));
    await until(async () => {
      const all = await states();
      return all.includes('parked') && all.filter((state) => state === 'delivered').length === 4;
    });
    const rows = await database.system.query<{ key: string; state: string; crashes: number }>(
      'select key, state, crashes from automation.delivery order by key',
    );
    expect(rows[0]).toEqual({ key: 'key-1', state: 'parked', crashes: 3 });
    expect(rows.slice(1).map(({ crashes }) => crashes <= 1)).toEqual([true, true, true, true]);
  });

  it('parks nothing while the sandbox cannot take it', async () => {
    let away = 20;
    room.handle('acme.one', () => {
      if (away-- > 0) throw rejected('SANDBOX_QUARANTINED', {});
    });
    run();
    await room.publish(1);
    await until(async () => {
      await room.clock.advance(30_000);
      return (await states())[0] === 'delivered';
    });
    expect(received()).toHaveLength(21);
  });

  it('stays with who has it in hand, however long that takes', async () => {
    let release: () => void = () => undefined;
    room.handle('acme.one', () => new Promise<void>((resolve) => (release = resolve)));
    run();
    await room.publish(1);
    await until(() => received().length === 1);
    for (let seconds = 0; seconds < 60; seconds += 5) {
      await room.clock.advance(5_000);
      await renewed();
      // As a second process would.
      expect(await room.queue.claim(10)).toEqual([]);
    }
    release();
    await until(async () => (await states())[0] === 'delivered');
    expect(received()).toEqual([1]);
  });

  it('comes again 15 s after the process that had it is gone', async () => {
    const event = {
      id: '00000000-0000-7000-8000-0000000000e2',
      tenant: A,
      stream: 's',
      position: '1',
      extension: SOURCE,
      type: ADDED,
      key: 'k',
      data: { n: 1 },
      publishedAt: '2026-01-01T00:00:00.000Z',
      correlationId: 'c',
    };
    await room.queue.add(event, ['acme.one']);
    // By a process that dies with it in hand.
    expect(await room.queue.claim(1)).toHaveLength(1);
    run();
    await room.clock.advance(14_500);
    await renewed();
    expect(received()).toEqual([]);
    await until(async () => (await states())[0] === 'delivered');
    expect(received()).toEqual([1]);
  });

  it('queues an event once, however often the bus brings it', async () => {
    const event = {
      id: '00000000-0000-7000-8000-0000000000e1',
      tenant: A,
      stream: 's',
      position: '1',
      extension: SOURCE,
      type: ADDED,
      key: 'k',
      data: { n: 1 },
      publishedAt: '2026-01-01T00:00:00.000Z',
      correlationId: 'c',
    };
    for (let times = 0; times < 3; times += 1) await room.queue.add(event, ['acme.one', 'acme.two']);
    expect(await states()).toEqual(['pending', 'pending']);
    const claims = await Promise.all(Array.from({ length: 8 }, () => room.queue.claim(5)));
    expect(
      claims
        .flat()
        .map(({ subscriber }) => subscriber)
        .sort(),
    ).toEqual(['acme.one', 'acme.two']);
  });

  it('forgets after a week, and gives up on what nobody could take for as long', async () => {
    room.install(listener('acme.one'), A, 'disabled');
    run();
    await room.publish(1);
    await until(async () => (await database.system.query('select 1 from automation.delivery where waits > 0')).length === 1);
    room.clock.jumpTo(room.clock.now() + 8 * 24 * 3_600_000);
    await room.queue.prune();
    expect(await states()).toEqual(['skipped']);
    room.clock.jumpTo(room.clock.now() + 8 * 24 * 3_600_000);
    await room.queue.prune();
    expect(await states()).toEqual([]);
  });
});
