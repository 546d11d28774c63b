// U-01 and U-02 at the bus, with the real trail: whatever is sent, by whomever, over a store that fails now and then, every operation that was
// answered has exactly one entry, and no state changed without one.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Rejection, streamId, Unavailable, type CommandDefinition, type Decider, type EventStore, type RequestContext } from '@kari/kernel';
import { lentStore, manualClock, MemoryEventStore } from '@kari/kernel/testing';
import { StoreCommandBus } from '@kari/platform/command-bus';
import { Registry, type AnyCommandDefinition } from '@kari/platform/registry';
import { Redactor } from '@kari/platform/telemetry';
import { systemIds } from '@kari/platform/time';
import { rejected } from '@kari/kernel';
import { z } from 'zod';
import { entryProjection, type EntryRow } from './entry.projection.js';
import { EventStoreAudit } from './event-store-audit.adapter.js';

const TENANTS = ['0190a000-0000-7000-8000-00000000000a', '0190a000-0000-7000-8000-00000000000b'] as const;

type Turn = { type: 'Turn'; data: { lamp: string; on: boolean } };
type Turned = { type: 'TurnedOn' | 'TurnedOff'; data: object };

const lamp: Decider<Turn, Turned, boolean> = {
  initialState: false,
  decide({ data }, on) {
    if (data.lamp === 'broken') throw rejected('REQUEST_LIMIT', { reason: 'it is broken' });
    return data.on === on ? [] : [{ type: data.on ? 'TurnedOn' : 'TurnedOff', data: {} }];
  },
  evolve: (_, event) => event.type === 'TurnedOn',
};

const turn: CommandDefinition<Turn, Turned, boolean> = {
  type: 'Turn',
  schema: z.strictObject({ lamp: z.enum(['hall', 'porch', 'broken']), on: z.boolean() }),
  right: 'config.manage',
  scope: 'tenant',
  stream: (data, tenant) => streamId('data.lamp', tenant, data.lamp),
  decider: lamp,
};

function bench(store: EventStore) {
  const clock = manualClock();
  const commands = new Registry<AnyCommandDefinition>('command', ({ type }) => type);
  commands.add(turn);
  const audit = new EventStoreAudit(store, clock, systemIds, clock, new Redactor());
  const gate = { standing: () => Promise.resolve('open' as const) };
  return { clock, bus: new StoreCommandBus(commands, store, audit, gate, clock, systemIds, clock) };
}

const wishes = fc.array(
  fc.record({
    tenant: fc.constantFrom(...TENANTS),
    actor: fc.constantFrom('ada', 'stranger'),
    lamp: fc.constantFrom('hall', 'porch', 'broken', 'no such lamp'),
    on: fc.boolean(),
    repeats: fc.boolean(),
    /** What the store does to the append it meets. */
    fault: fc.constantFrom('none', 'none', 'none', 'down', 'full', 'ack lost', 'silent'),
  }),
  { maxLength: 30 },
);

async function trail(store: EventStore): Promise<EntryRow[]> {
  const rows = new Map<string, EntryRow>();
  for await (const event of store.readAll()) {
    const key = entryProjection.keyOf(event)?.join('/');
    if (key === undefined) continue;
    const row = entryProjection.evolve(rows.get(key) ?? null, event);
    if (row !== null) rows.set(key, row);
  }
  return [...rows.values()];
}

describe('the trail is complete', () => {
  it('U-01, U-02: one entry for every answered operation, none missing and none too many, whatever fails', async () => {
    await fc.assert(
      fc.asyncProperty(wishes, async (sent) => {
        const memory = new MemoryEventStore();
        const store = lentStore(memory);
        const { bus, clock } = bench(store);
        let answered = 0;
        let changed = 0;
        for (const wish of sent) {
          store.append = async (items) => {
            if (wish.fault === 'down') throw new Unavailable('no connection', true);
            if (wish.fault === 'full') return items.map(() => ({ ok: false, error: new Unavailable('the disk is full', true) }));
            if (wish.fault === 'silent') return new Promise<never>(() => undefined);
            const results = await memory.append(items);
            if (wish.fault === 'ack lost') throw new Unavailable('the connection broke', true);
            return results;
          };
          const principal = { id: wish.actor, kind: 'user', may: () => wish.actor === 'ada' } as const;
          const context: RequestContext = { principal, tenant: wish.tenant, correlationId: systemIds.next(), commandId: systemIds.next() };
          const before = (await trail(memory)).length;
          const times = wish.repeats ? 2 : 1;
          for (let time = 1; time <= times; time += 1) {
            const asked = bus.send({ type: 'Turn', data: { lamp: wish.lamp, on: wish.on } }, context).then(
              (outcome) => (outcome.changed ? 'changed' : 'nothing'),
              (error: unknown) =>
                error instanceof Rejection ? 'refused' : error instanceof Unavailable ? 'unavailable' : Promise.reject(error as Error),
            );
            await clock.advance(wish.fault === 'silent' ? 2_000 : 0);
            const answer = await asked;
            const now = await trail(memory);
            const own = now.filter((entry) => entry.correlation_id === context.correlationId);
            // A change and its repeats are one operation; each refusal and each no-op is one of its own.
            if (answer === 'changed') expect(own).toHaveLength(1);
            if (answer === 'nothing' || answer === 'refused') expect(own).toHaveLength(time);
            if (answer !== 'unavailable') answered += 1;
            if (answer === 'changed') changed += 1;
            expect(own.every((entry) => entry.actor === wish.actor && entry.tenant === wish.tenant && entry.operation === 'Turn')).toBe(
              true,
            );
          }
          expect((await trail(memory)).length - before).toBeLessThanOrEqual(times);
        }
        expect(changed).toBeLessThanOrEqual(answered);
        // No event of a lamp without an entry of its command.
        const commands = new Set((await trail(memory)).map((entry) => entry.command_id));
        for await (const event of memory.readAll({ filter: { categories: ['data.lamp'] } }))
          expect(commands.has(event.meta.commandId)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});
