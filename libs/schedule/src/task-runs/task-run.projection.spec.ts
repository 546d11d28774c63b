import { expect, it } from '@jest/globals';
import type { TaskRunEvent } from './task-run.events.js';
import { taskRunProjection, type TaskRunRow } from './task-run.projection.js';
import {
  attemptFailed,
  cancelled,
  failed,
  forgotten,
  interrupted,
  later,
  queued,
  recordedFacts,
  retried,
  RUN,
  skipped,
  started,
  succeeded,
  TASK,
  TENANT,
} from './testing/run-facts.js';

const rowOf = (...facts: readonly TaskRunEvent[]): TaskRunRow | null =>
  recordedFacts(facts).reduce<TaskRunRow | null>((row, event) => taskRunProjection.evolve(row, event), null);

it('shows a run from its start to its end', () => {
  expect(rowOf(queued)).toMatchObject({
    tenant: TENANT,
    run: RUN,
    task: TASK,
    extension: 'acme.notes',
    status: 'queued',
    ended_at: null,
    position: '1',
  });
  expect(rowOf(queued, started(), succeeded())).toMatchObject({
    status: 'succeeded',
    answer_bytes: 4,
    answer_kept: true,
    code: null,
    started_at: later(0),
    ended_at: later(2_000),
    position: '1',
  });
});

it('says what went wrong last, and nothing of it once all is well', () => {
  expect(rowOf(queued, started(), attemptFailed())).toMatchObject({
    status: 'waiting',
    code: 'TASK_FAILED',
    reason: 'boom',
    ended_at: null,
  });
  expect(rowOf(queued, started(), attemptFailed(), started(2), succeeded(2))).toMatchObject({
    status: 'succeeded',
    code: null,
    reason: null,
  });
  expect(rowOf(queued, started(), interrupted())).toMatchObject({ code: 'TASK_RUN_INTERRUPTED' });
  expect(rowOf(queued, skipped)).toMatchObject({ status: 'skipped', reason: 'an earlier run of the task went on' });
  expect(rowOf(queued, started(), cancelled)).toMatchObject({ status: 'cancelled', reason: 'enough', ended_at: later(2_000) });
});

it('opens again what is tried anew, in its place', () => {
  expect(rowOf(queued, started(), failed(), retried)).toMatchObject({ status: 'waiting', code: null, ended_at: null, position: '1' });
});

it('has no row of what is forgotten', () => expect(rowOf(queued, started(), succeeded(), forgotten)).toBeNull());
