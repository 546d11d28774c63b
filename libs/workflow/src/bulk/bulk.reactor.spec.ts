// A bulk wish through a crash: what was answered is not asked again, what was done is not done twice, and each run has its own entry in the trail.
import { expect, it } from '@jest/globals';
import { derivedId, streamId, type AuditRecord, type EventStore, type RecordedEvent } from '@kari/kernel';
import { lentStore, manualClock, MemoryEventStore } from '@kari/kernel/testing';
import { StoreCommandBus } from '@kari/platform/command-bus';
import { Registry, type AnyCommandDefinition } from '@kari/platform/registry';
import { systemIds } from '@kari/platform/time';
import type { WorkflowDocument } from '../definition/document.js';
import { RunMigrations } from '../migration/run-migrations.js';
import type { RunDefinitions } from '../run/run-definitions.js';
import { runCommands } from '../run/run.definitions.js';
import { documentOf, startedWith } from '../run/testing/playing-run.js';
import { TENANT } from '../run/testing/recorded-facts.js';
import { bulkCommands } from './bulk.definitions.js';
import { BulkReactor } from './bulk.reactor.js';

const versions: Readonly<Record<string, WorkflowDocument>> = {
  '1': documentOf([{ a: { call: 'desk.a@1' } }]),
  '2': documentOf([{ fresh: { set: {} } }, { a: { call: 'desk.a@1' } }]),
};
const definitions: RunDefinitions = {
  find: () => Promise.resolve(null),
  named: () => Promise.resolve(null),
  lacks: () => Promise.resolve([]),
  saved: (_tenant, id, version) => Promise.resolve({ id, version: version!, document: versions[version!]! }),
  document: (_tenant, _id, version) => Promise.resolve(versions[version]!),
};
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

async function world(wished: object = { action: 'cancel', reason: 'enough' }) {
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
  await write(BULK, { type: 'BulkRunsStarted', data: { runs: RUNS, ...wished } });
  const entries: AuditRecord[] = [];
  const reactor = (store: EventStore = memory): BulkReactor => {
    const commands = new Registry<AnyCommandDefinition>('command', ({ type }) => type);
    commands.add(...runCommands, ...bulkCommands);
    const audit = { record: (entry: AuditRecord) => Promise.resolve(void entries.push(entry)) };
    const gate = { standing: () => Promise.resolve('open' as const) };
    const bus = new StoreCommandBus(commands, store, audit, gate, clock, systemIds, clock);
    return new BulkReactor(store, bus, clock, new RunMigrations(store, bus, definitions));
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

it('moves each run as it is when its turn comes, and what was moved before a crash stays moved once', async () => {
  const migration = { version: '2', mapping: [] };
  const { memory, reactor, log, wish } = await world({ action: 'migrate', reason: null, migration });
  const dying = lentStore(memory);
  let left = 28;
  dying.append = (items) => {
    left -= 1;
    if (left < 0) throw new TypeError('the process is gone');
    return memory.append(items);
  };
  await expect(reactor(dying).react(wish)).rejects.toThrow(TypeError);
  await reactor().react(wish);
  const facts = await log();
  const moved = facts.filter(({ type }) => type === 'RunMigrated');
  expect([moved.length, new Set(moved.map(({ stream }) => stream)).size]).toEqual([29, 29]);
  expect(moved[0]).toMatchObject({
    meta: { actor: 'ada', causationId: wish.id },
    data: { from: '1', version: '2', moves: { '/do/0/a': '/do/1/a' } },
  });
  const refused = facts.flatMap(({ type, data }) => (type === 'BulkRunsProgressed' ? (data as { refused: unknown[] }).refused : []));
  expect(refused).toEqual([{ run: RUNS[3], code: 'WORKFLOW_RUN_CLOSED' }]);
});
