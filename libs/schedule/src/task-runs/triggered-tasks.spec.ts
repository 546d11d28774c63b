// Tasks that events start, over the real log and bus.
import { expect, it } from '@jest/globals';
import type { Installation, Installations } from '@kari/extension/contract';
import { Rejection } from '@kari/kernel';
import { manualClock, MemoryEventStore, seededIds } from '@kari/kernel/testing';
import { StoreCommandBus, systemPrincipal } from '@kari/platform/command-bus';
import { Registry, type AnyCommandDefinition } from '@kari/platform/registry';
import { systemTimers } from '@kari/platform/time';
import { declaredTasks } from '../tasks/declared-tasks.rules.js';
import { taskCommands } from '../tasks/task.definitions.js';
import { TASK_RUN_CATEGORY } from './task-run.events.js';
import { taskRunCommands } from './task-run.definitions.js';
import { TaskRunStarts } from './task-run-starts.js';
import { TriggeredTasks } from './triggered-tasks.js';

const A = '00000000-0000-7000-8000-00000000000a';
const B = '00000000-0000-7000-8000-00000000000b';
const EVENT = '00000000-0000-7000-8000-0000000000e1';
const PAID = 'acme.shop.paid.v1';
const [HEARD, MAPPED, GUARDED] = ['acme.notes/heard', 'acme.notes/mapped', 'acme.notes/guarded'];

const input = { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'], additionalProperties: false } as const;
const manifest = {
  id: 'acme.notes',
  tasks: {
    heard: { description: 'Hears.', on: PAID },
    mapped: { description: 'Is given what was mapped.', input },
    guarded: { description: 'Asks for a right.', input, right: 'acme.notes:notes.sweep' },
  },
};

async function bench() {
  const clock = manualClock();
  const store = new MemoryEventStore({ clock });
  const ids = seededIds(1);
  const commands = new Registry<AnyCommandDefinition>('command', ({ type }) => type);
  commands.add(...taskCommands, ...taskRunCommands);
  const audit = { record: () => Promise.resolve() };
  const bus = new StoreCommandBus(commands, store, audit, { standing: () => Promise.resolve('open') }, clock, ids, systemTimers);
  const send = (tenant: string, type: string, data: object) =>
    bus.send({ type, data }, { principal: systemPrincipal('test'), tenant, correlationId: 'c' });
  for (const tenant of [A, B]) {
    for (const [task, definition] of declaredTasks(manifest, '2026-01-01T00:00:00.000Z'))
      await send(tenant, 'DeclareTask', { task, version: '1.0.0', definition, held: null });
  }
  const installations: Installations = {
    find: () => ({ version: { manifest } }) as unknown as Installation,
    ofTenant: () => [],
    onChange: () => () => undefined,
  };
  const triggered = new TriggeredTasks(
    new TaskRunStarts(store, bus, ids, installations, { heldBy: () => Promise.resolve([]) }, { countOpen: () => Promise.resolve(0) }),
  );
  const started = async () => {
    const runs: unknown[] = [];
    for await (const { meta, data } of store.readAll({ filter: { categories: [TASK_RUN_CATEGORY] } })) {
      const { cause, by, input: given } = data as { cause: string; by: { id: string }; input: unknown };
      runs.push({ tenant: meta.tenant, cause, by: by.id, input: given, causedBy: meta.causationId });
    }
    return runs;
  };
  const start = (task: string, given: unknown, more: { judged?: boolean; tenant?: string; key?: string } = {}) => {
    const { judged = false, tenant = A, key = `task:${task}:${EVENT}` } = more;
    return triggered.start({ tenant, task, input: given, judged, key, by: `task.${task}`, correlationId: 'c', causationId: EVENT });
  };
  const code = (starting: Promise<unknown>) =>
    starting.then(
      () => null,
      (error: unknown) => (error instanceof Rejection ? error.code : 'unknown'),
    );
  return { triggered, send, start, started, code };
}

it('one event starts one run, however often it is told, in its tenant alone', async () => {
  const { start, started } = await bench();
  const { run } = await start(HEARD, { id: EVENT });
  expect(await start(HEARD, { id: EVENT })).toEqual({ run });
  const one = { tenant: A, cause: 'event', by: `system:task.${HEARD}`, input: { id: EVENT }, causedBy: EVENT };
  expect(await started()).toEqual([one]);
  expect((await start(HEARD, null, { tenant: B })).run).not.toBe(run);
  expect((await start(HEARD, null, { key: 'another' })).run).not.toBe(run);
  expect(await started()).toEqual([one, { ...one, tenant: B, input: null }, { ...one, input: null }]);
});

it('a task that is paused or held is started by no event, and again once it is let go', async () => {
  const { triggered, send, start, started, code } = await bench();
  expect(await triggered.eventType(A, HEARD)).toBe(PAID);
  expect(await triggered.eventType(A, MAPPED)).toBeNull();
  expect(await triggered.eventType(A, 'acme.notes/none')).toBeNull();
  await send(A, 'PauseTask', { task: HEARD, reason: null });
  expect([await triggered.eventType(A, HEARD), await triggered.eventType(B, HEARD)]).toEqual([null, PAID]);
  expect(await code(start(HEARD, null))).toBe('TASK_HELD');
  await send(A, 'ResumeTask', { task: HEARD });
  await send(A, 'WithdrawTask', { task: MAPPED });
  expect(await code(start(MAPPED, null))).toBe('TASK_NOT_FOUND');
  expect(await started()).toEqual([]);
  expect(await triggered.eventType(A, HEARD)).toBe(PAID);
  expect(await code(start(HEARD, null))).toBeNull();
  expect(await started()).toHaveLength(1);
});

it('what people have mapped is judged by the schema, and starts nothing that asks for a right', async () => {
  const { start, started, code } = await bench();
  expect(await code(start(MAPPED, { n: 'many' }, { judged: true }))).toBe('TASK_INPUT_INVALID');
  expect(await code(start(GUARDED, { n: 1 }, { judged: true }))).toBe('TASK_RIGHT_NEEDED');
  expect(await started()).toEqual([]);
  expect(await code(start(MAPPED, { n: 1 }, { judged: true }))).toBeNull();
  expect(await started()).toMatchObject([{ input: { n: 1 } }]);
});
