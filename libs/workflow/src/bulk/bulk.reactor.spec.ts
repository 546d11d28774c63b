// A bulk wish through a crash: what was answered is not asked again, what was done is not done twice, and each run has its own entry in the trail.
import { expect, it } from '@jest/globals';
import { derivedId, streamId, type AuditRecord, type EventStore, type RecordedEvent } from '@kari/kernel';
import { lentStore, manualClock, MemoryEventStore } from '@kari/kernel/testing';
import { StoreCommandBus } from '@kari/platform/command-bus';
import { Registry, type AnyCommandDefinition } from '@kari/platform/registry';
import { systemIds } from '@kari/platform/time';
import { runCommands } from '../run/run.definitions.js';
import { startedWith } from '../run/testing/playing-run.js';
import { TENANT } from '../run/testing/recorded-facts.js';
import { bulkCommands } from './bulk.definitions.js';
import { BulkReactor } from './bulk.reactor.js';

const RUNS = Array.from({ length: 30 }, (_, n) => derivedId('run', n));
const BULK = streamId('workflow.bulk', TENANT, derivedId('bulk'));
const meta = {
  tenant: TENANT,
  actor: 'ada',
  actorKind: 'user',
  commandId: derivedId('wish'),
  commandType: 'BulkCancelRuns',
  correlationId: derivedId('correlation'),
  occurredAt: '2026-01-01T00:00:00.000Z',
} as const;

async function world() {
  const clock = manualClock();
  const memory = new MemoryEventStore({ clock });
  const write = async (stream: typeof BULK, ...events: readonly { readonly type: string; readonly data: object }[]): Promise<void> => {
    const given = events.map(({ type, data }) => ({
      id: systemIds.next(),
      type,
      version: 1,
      data,
      meta: { ...meta, commandId: systemIds.next() },
    }));
    await memory.append([{ stream, expected: 'none', events: given }]);
  };
  for (const [index, run] of RUNS.entries()) {
    const over = index === 3 ? [{ type: 'RunCompleted', data: { output: null } }] : [];
    await write(streamId('workflow.run', TENANT, run), startedWith({}), ...over);
  }
  await write(BULK, { type: 'BulkRunsStarted', data: { action: 'cancel', runs: RUNS, reason: 'enough' } });
  const entries: AuditRecord[] = [];
  const reactor = (store: EventStore = memory): BulkReactor => {
    const commands = new Registry<AnyCommandDefinition>('command', ({ type }) => type);
    commands.add(...runCommands, ...bulkCommands);
    const audit = { record: (entry: AuditRecord) => Promise.resolve(void entries.push(entry)) };
    const gate = { standing: () => Promise.resolve('open' as const) };
    return new BulkReactor(store, new StoreCommandBus(commands, store, audit, gate, clock, systemIds, clock), clock);
  };
  const log = async (): Promise<readonly RecordedEvent[]> => {
    const events: RecordedEvent[] = [];
    for await (const event of memory.readAll()) events.push(event);
    return events;
  };
  const [wish] = (await log()).filter(({ type }) => type === 'BulkRunsStarted');
  return { memory, reactor, log, entries, wish: wish! };
}

it('asks each run once, on behalf of who wished it, and tells who was refused', async () => {
  const { reactor, log, entries, wish } = await world();
  await reactor().react(wish);
  const cancelled = (await log()).filter(({ type }) => type === 'RunCancelRequested');
  expect(cancelled).toHaveLength(29);
  expect(cancelled[0]?.meta).toMatchObject({
    actor: 'ada',
    commandType: 'CancelRun',
    correlationId: meta.correlationId,
    causationId: wish.id,
  });
  expect(entries).toMatchObject([{ operation: 'CancelRun', outcome: 'failed', code: 'WORKFLOW_RUN_CLOSED', actor: 'ada' }]);
  const told = (await log()).filter(({ stream }) => stream === BULK);
  expect(told.map(({ type }) => type)).toEqual(['BulkRunsStarted', 'BulkRunsProgressed', 'BulkRunsProgressed', 'BulkRunsEnded']);
  expect(told[1]?.data).toMatchObject({ refused: [{ run: RUNS[3], code: 'WORKFLOW_RUN_CLOSED' }] });
});

it('goes on after a crash where the answers end, and does nothing twice', async () => {
  const { memory, reactor, log, wish } = await world();
  const dying = lentStore(memory);
  let left = 28;
  dying.append = (items) => {
    left -= 1;
    if (left < 0) throw new TypeError('the process is gone');
    return memory.append(items);
  };
  await expect(reactor(dying).react(wish)).rejects.toThrow(TypeError);
  expect(left).toBeLessThan(0);
  await reactor().react(wish);
  const facts = await log();
  const cancelled = facts.filter(({ type }) => type === 'RunCancelRequested').map(({ stream }) => stream);
  expect([cancelled.length, new Set(cancelled).size]).toEqual([29, 29]);
  expect(facts.at(-1)?.type).toBe('BulkRunsEnded');
});
