import { expect, it } from '@jest/globals';
import { rejected, streamId, type CommandBus, type EventMeta, type RecordedEvent } from '@kari/kernel';
import { MemoryEventStore } from '@kari/kernel/testing';
import { DEFINITION_CATEGORY } from '../definition/definition.events.js';
import { runStream } from './engine-parts.js';
import { ScheduledRuns } from './scheduled-runs.js';

const TENANT = '00000000-0000-7000-8000-00000000000a';
const RUN = '00000000-0000-7000-8000-0000000000aa';
const meta: EventMeta = {
  ...{
    tenant: TENANT,
    actor: 'a',
    actorKind: 'user',
    commandId: 'c',
    commandType: 'x',
    correlationId: 'c',
    occurredAt: '2026-01-01T00:00:00.000Z',
  },
};

function bench(refusal: string | null = null) {
  const store = new MemoryEventStore();
  const sent: unknown[] = [];
  const bus = {
    send: (command: unknown) => {
      sent.push(command);
      return refusal === null ? Promise.resolve({}) : Promise.reject(rejected(refusal));
    },
  } as unknown as CommandBus;
  const runs = new ScheduledRuns({ startScheduled: () => Promise.resolve(RUN) }, bus, store);
  let count = 0;
  const happened = async (stream: ReturnType<typeof runStream>, ...types: readonly string[]): Promise<void> => {
    const events = types.map((type) => ({
      ...{ id: `00000000-0000-7000-8000-${String((count += 1)).padStart(12, '0')}`, type, version: 1, meta },
      data: { workflow: 'digest', document: '{}', hash: '', title: '', needs: [], owner: null, version: 1 },
    }));
    await store.append([{ stream, expected: 'any', events }]);
  };
  return { runs, sent, happened };
}

it('knows how a run ended, and that one that is retried goes on', async () => {
  const { runs, happened } = bench();
  const stream = runStream(TENANT, RUN);
  expect(await runs.outcome(TENANT, RUN)).toBeNull();
  await happened(stream, 'RunStarted', 'TaskScheduled');
  expect(await runs.outcome(TENANT, RUN)).toBeNull();
  await happened(stream, 'RunFailed');
  expect(await runs.outcome(TENANT, RUN)).toBe('failed');
  await happened(stream, 'RunRetried');
  expect(await runs.outcome(TENANT, RUN)).toBeNull();
  await happened(stream, 'RunCompleted');
  expect(await runs.outcome(TENANT, RUN)).toBe('completed');
  expect(runs.endOf({ type: 'RunCancelled', stream } as RecordedEvent)).toEqual({ started: RUN, outcome: 'cancelled' });
  expect(runs.endOf({ type: 'RunPaused', stream } as RecordedEvent)).toBeNull();
});

it('can be scheduled when it was saved and not deleted', async () => {
  const { runs, happened } = bench();
  const stream = streamId(DEFINITION_CATEGORY, TENANT, 'digest');
  await expect(runs.check(TENANT, 'digest')).rejects.toMatchObject({ code: 'WORKFLOW_NOT_FOUND' });
  await expect(runs.check(TENANT, '../digest')).rejects.toMatchObject({ code: 'WORKFLOW_NOT_FOUND' });
  await happened(stream, 'WorkflowSaved');
  await runs.check(TENANT, 'digest');
  await happened(stream, 'WorkflowDeleted');
  await expect(runs.check(TENANT, 'digest')).rejects.toMatchObject({ code: 'WORKFLOW_NOT_FOUND' });
});

it('leaves a run that has ended alone when it is to make room', async () => {
  const { runs, sent } = bench('WORKFLOW_RUN_CLOSED');
  await runs.cancel(TENANT, RUN, 'fire');
  expect(sent).toMatchObject([{ type: 'CancelRun', data: { run: RUN } }]);
  await expect(bench('REQUEST_CONFLICT').runs.cancel(TENANT, RUN, 'fire')).rejects.toMatchObject({ code: 'REQUEST_CONFLICT' });
});
