import { describe, expect, it } from '@jest/globals';
import { fold } from '@kari/kernel';
import { specify } from '@kari/kernel/testing';
import { MOST_INTERRUPTIONS, PATIENCE_MS } from './attempt.rules.js';
import { taskRunDecider } from './task-run.decider.js';
import {
  attemptFailed,
  begin,
  cancel,
  cancelled,
  cancelRequested,
  complete,
  fail,
  failed,
  forget,
  forgotten,
  interrupt,
  interrupted,
  later,
  NOW,
  queued,
  retried,
  retry,
  run,
  RUN,
  skip,
  skipped,
  start,
  started,
  succeeded,
  TASK,
} from './testing/run-facts.js';

const { given } = specify(taskRunDecider);
const named = { run: RUN, task: TASK };

describe('a start', () => {
  it('queues the run with everything that fixes it', () => given([]).when(run).then([queued]));

  it('asked for again is the same run, whatever would be said of it by then', () => {
    given([queued]).when(run).thenNothing();
    given([queued, started(), succeeded()])
      .when({ type: 'RunTask', data: { ...start, impossible: { code: 'TASK_HELD', facts: {} } } })
      .thenNothing();
  });

  it('that is impossible is refused', () => {
    given([])
      .when({ type: 'RunTask', data: { ...start, impossible: { code: 'TASK_HELD', facts: { task: TASK } } } })
      .thenRejected('TASK_HELD');
  });
});

describe('an attempt', () => {
  it('begins once, under the next number', () => {
    given([queued]).when(begin()).then([started()]);
    given([queued, started()]).when(begin()).thenNothing();
    given([queued, started()]).when(begin(2)).thenNothing();
    given([queued, started(), attemptFailed()])
      .when(begin(2))
      .then([started(2)]);
    given([queued, started(), attemptFailed()]).when(begin(1)).thenNothing();
  });

  it('that answers ends the run', () => given([queued, started()]).when(complete()).then([succeeded()]));

  it('that fails is followed by another one after a pause, until the retries are used up', () => {
    given([queued, started()]).when(fail()).then([attemptFailed()]);
    given([queued, started(), attemptFailed(), started(2)])
      .when(fail(2))
      .then([{ type: 'TaskRunAttemptFailed', data: { ...named, attempt: 2, code: 'TASK_FAILED', reason: 'boom', retryAt: later(2_000) } }]);
    given([queued, started(), attemptFailed(), started(2), attemptFailed(2), started(3)])
      .when(fail(3))
      .then([failed(3)]);
  });

  it('that its sandbox could not take costs nothing, and is not made for longer than an hour', () => {
    const postponed = {
      type: 'TaskRunPostponed',
      data: { ...named, attempt: 1, code: 'SANDBOX_BUSY', reason: 'boom', retryAt: later(1_000), since: NOW },
    } as const;
    given([queued, started()]).when(fail(1, 'SANDBOX_BUSY')).then([postponed]);
    given([queued, started(), postponed, started(2), attemptFailed(2), started(3)])
      .when(fail(3))
      .then([{ type: 'TaskRunAttemptFailed', data: { ...named, attempt: 3, code: 'TASK_FAILED', reason: 'boom', retryAt: later(2_000) } }]);
    given([queued, started(), postponed, started(2)])
      .when(fail(2, 'SANDBOX_BUSY'), { now: later(PATIENCE_MS) })
      .then([{ type: 'TaskRunRefused', data: { ...named, code: 'SANDBOX_BUSY', reason: 'boom' } }]);
  });

  it('that cannot be made says why the run did not run', () => {
    given([queued, started()])
      .when(fail(1, 'SANDBOX_QUARANTINED'))
      .then([{ type: 'TaskRunRefused', data: { ...named, code: 'SANDBOX_QUARANTINED', reason: 'boom' } }]);
  });

  it('whose process is gone comes again at once, after pauses when that goes on, and not for ever', () => {
    given([queued, started()]).when(interrupt()).then([interrupted()]);
    const lost = Array.from({ length: MOST_INTERRUPTIONS }, (_, index) => [started(index + 1), interrupted(index + 1)]).flat();
    given([queued, ...lost.slice(0, 4), started(3)])
      .when(interrupt(3))
      .then([{ type: 'TaskRunInterrupted', data: { ...named, attempt: 3, retryAt: later(2_000) } }]);
    given([queued, ...lost, started(MOST_INTERRUPTIONS + 1)])
      .when(interrupt(MOST_INTERRUPTIONS + 1))
      .then([
        {
          type: 'TaskRunFailed',
          data: {
            ...named,
            attempt: MOST_INTERRUPTIONS + 1,
            code: 'TASK_RUN_INTERRUPTED',
            reason: 'the process that had it in hand ended 6 times',
          },
        },
      ]);
  });

  it('that is not the current one says nothing any more', () => {
    const taken = [queued, started(), interrupted(), started(2)];
    for (const late of [complete(1), fail(1), interrupt(1)]) given(taken).when(late).thenNothing();
    for (const late of [complete(1), fail(1), interrupt(1), begin(2), skip])
      given([queued, started(), succeeded()]).when(late).thenNothing();
  });
});

describe('a cancellation', () => {
  it('ends what has not begun or waits, and asks what goes on to end', () => {
    given([queued]).when(cancel).then([cancelled]);
    given([queued, started(), attemptFailed()]).when(cancel).then([cancelled]);
    given([queued, started()]).when(cancel).then([cancelRequested]);
    given([queued, started(), cancelRequested]).when(cancel).thenNothing();
  });

  it('is what the run came to, whatever its attempt did', () => {
    for (const end of [complete(), fail(), interrupt(), fail(1, 'SANDBOX_DEADLINE')])
      given([queued, started(), cancelRequested]).when(end).then([cancelled]);
  });

  it('of what has ended or never was is refused', () => {
    given([queued, started(), succeeded()]).when(cancel).thenRejected('TASK_RUN_ENDED');
    given([]).when(cancel).thenRejected('TASK_RUN_NOT_FOUND');
  });
});

it('a run is skipped before it has begun, and only then', () => {
  given([queued]).when(skip).then([skipped]);
  given([queued, started(), attemptFailed()]).when(skip).thenNothing();
});

describe('trying anew', () => {
  it('takes up what came to nothing, with its retries before it', () => {
    for (const end of [failed(), cancelled, skipped]) given([queued, started(), end]).when(retry).then([retried]);
    given([queued, started(), failed(), retried])
      .when(begin(2))
      .then([started(2)]);
    given([queued, started(), failed(), retried, started(2)])
      .when(fail(2))
      .then([{ type: 'TaskRunAttemptFailed', data: { ...named, attempt: 2, code: 'TASK_FAILED', reason: 'boom', retryAt: later(1_000) } }]);
  });

  it('is refused for what goes on or succeeded', () => {
    for (const history of [[queued], [queued, started()], [queued, started(), succeeded()]])
      given(history).when(retry).thenRejected('TASK_RUN_NOT_RETRIABLE');
  });
});

it('what has ended is forgotten once, what goes on is not', () => {
  given([queued, started(), succeeded()]).when(forget).then([forgotten]);
  given([queued, started(), succeeded(), forgotten]).when(forget).thenNothing();
  given([queued, started()]).when(forget).thenNothing();
  given([queued, started(), succeeded(), forgotten]).when(retry).thenRejected('TASK_RUN_NOT_FOUND');
});

it('keeps key, input and terms over every attempt', () => {
  const state = fold(taskRunDecider, taskRunDecider.initialState, [
    queued,
    started(),
    attemptFailed(),
    started(2),
    interrupted(2),
    started(3),
  ]);
  expect(state).toMatchObject({ ...start, attempt: 3, failures: 1, interruptions: 1, status: 'running' });
});
