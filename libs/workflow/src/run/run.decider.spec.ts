import { describe, it } from '@jest/globals';
import { specify } from '@kari/kernel/testing';
import { seenAs } from '../migration/seen-state.rules.js';
import type { RunCommand } from './run.commands.js';
import { runDecider } from './run.decider.js';
import type { RunEvent } from './run.events.js';
import { documentOf, PlayingRun, RUN, startedWith } from './testing/playing-run.js';

const { given } = specify<RunCommand, RunEvent, typeof runDecider.initialState>(runDecider);
const caller = { kind: 'user', id: 'someone' } as const;
const start = (input: unknown = {}): RunCommand => ({
  type: 'StartRun',
  data: { run: RUN, workflow: { id: 'sample', version: '1' }, input, shard: 0, startedAt: '2026-01-01T00:00:00.000Z', caller },
});
const cancel: RunCommand = { type: 'CancelRun', data: { run: RUN, reason: null } };
const done: RunEvent = { type: 'RunCompleted', data: { output: 1 } };

describe('a run', () => {
  it('starts once; the same start again is the same run', () => {
    given([])
      .when(start())
      .then([startedWith({})]);
    given([startedWith({})])
      .when(start())
      .thenNothing();
    given([startedWith({})])
      .when(start({ other: true }))
      .thenRejected('WORKFLOW_KEY_REUSED');
  });

  it('that its parent took back before it began never begins', () => {
    const back: RunCommand = { type: 'CancelChildRun', data: { run: RUN, reason: 'gone' } };
    const taken: RunEvent[] = [
      { type: 'RunCancelRequested', data: { reason: 'gone' } },
      { type: 'RunCancelled', data: { reason: 'gone' } },
    ];
    given([]).when(back).then(taken);
    given(taken).when(start()).thenNothing();
    given([startedWith({}), done])
      .when(back)
      .thenNothing();
  });

  it('is paused, resumed and cancelled while it goes on', () => {
    const paused: RunEvent = { type: 'RunPaused', data: { reason: 'look' } };
    given([startedWith({})])
      .when({ type: 'PauseRun', data: { run: RUN, reason: 'look' } })
      .then([paused]);
    given([startedWith({}), paused])
      .when({ type: 'PauseRun', data: { run: RUN, reason: 'again' } })
      .thenNothing();
    given([startedWith({}), paused])
      .when({ type: 'ResumeRun', data: { run: RUN } })
      .then([{ type: 'RunResumed', data: {} }]);
    given([startedWith({})])
      .when(cancel)
      .then([{ type: 'RunCancelRequested', data: { reason: null } }]);
    given([startedWith({}), done])
      .when(cancel)
      .thenRejected('WORKFLOW_RUN_CLOSED');
    given([]).when(cancel).thenRejected('WORKFLOW_RUN_UNKNOWN');
  });

  it('is retried when it failed, from a task that is still there', () => {
    const failed = new PlayingRun(documentOf([{ a: { call: 'a.b@1' } }]));
    failed.failed('/do/0/a');
    const retry = (task: string | null): RunCommand => ({ type: 'RetryRun', data: { run: RUN, task } });
    given(failed.facts)
      .when(retry(null))
      .then([{ type: 'RunRetried', data: { task: '/do/0/a', shard: 0 } }]);
    given(failed.facts).when(retry('/do/7/x')).thenRejected('WORKFLOW_RETRY_IMPOSSIBLE');
    given([startedWith({})])
      .when(retry(null))
      .thenRejected('WORKFLOW_RUN_NOT_FAILED');
  });

  it('is moved to another version as it was judged, once, by one fact', () => {
    const going = new PlayingRun(documentOf([{ a: { call: 'a.b@1' } }, { b: { call: 'a.b@1' } }]));
    const judged = { mapping: [{ from: '/do/a', to: '/do/c' }], moves: { '/do/0/a': '/do/1/c' }, anew: [] };
    const migrate = (more: object = {}): RunCommand => ({
      type: 'MigrateRun',
      data: { run: RUN, version: '2', seen: seenAs(going.state), ...judged, ...more },
    });
    const before = [...going.facts];
    const moved: RunEvent = { type: 'RunMigrated', data: { from: '1', version: '2', ...judged } };
    given(before).when(migrate()).then([moved]);
    given([...before, moved])
      .when(migrate())
      .thenNothing();
    given(before)
      .when(migrate({ impossible: { code: 'WORKFLOW_MIGRATION_IMPOSSIBLE', facts: {} } }))
      .thenRejected('WORKFLOW_MIGRATION_IMPOSSIBLE');
    const asked = migrate();
    going.done('/do/0/a', 1);
    given(going.facts).when(asked).thenRejected('WORKFLOW_MIGRATION_OVERTAKEN');
    going.done('/do/1/b', 1);
    given(going.facts).when(asked).thenRejected('WORKFLOW_RUN_CLOSED');
    given([]).when(asked).thenRejected('WORKFLOW_RUN_UNKNOWN');
  });

  it('that is a replay goes by its recording alone', () => {
    const replay = startedWith({}, { kind: 'replay', replayOf: RUN });
    given([replay])
      .when({ type: 'PauseRun', data: { run: RUN, reason: null } })
      .thenRejected('WORKFLOW_RUN_IS_REPLAY');
    given([replay]).when(cancel).thenRejected('WORKFLOW_RUN_IS_REPLAY');
    given([replay])
      .when({ type: 'ReceiveEvent', data: { run: RUN, task: '/do/0/a', filter: 0, event: { id: '1' }, correlation: {} } })
      .thenNothing();
  });

  it('is let in while it waits for that turn, and at no other time', () => {
    const admit = (turn: number): RunCommand => ({ type: 'AdmitRun', data: { run: RUN, turn } });
    const place = { queue: RUN, key: 'c', limit: 1, overlap: 'queue' } as const;
    const waits: RunEvent[] = [startedWith({}), { type: 'RunAdmissionAwaited', data: { turn: 1, place } }];
    const taken: RunEvent = { type: 'RunPlaceTaken', data: { turn: 1 } };
    given(waits).when(admit(1)).then([taken]);
    given([...waits, { type: 'RunQueued', data: { turn: 1, behind: [RUN], ahead: 1 } }])
      .when(admit(1))
      .then([taken]);
    given([...waits, taken])
      .when(admit(1))
      .thenNothing();
    given(waits).when(admit(2)).thenNothing();
    given([...waits, { type: 'RunCancelRequested', data: { reason: null } }])
      .when(admit(1))
      .thenNothing();
  });

  it('takes a decision from who holds the right that it asks for, once', () => {
    const asking = new PlayingRun(documentOf([{ ask: { call: 'approval.request@1', with: { title: 'x', right: 'run.operate' } } }]));
    const [approval] = asking.state.openApprovals.keys();
    const decide = (rights: string[]): RunCommand => ({
      type: 'DecideApproval',
      data: { run: RUN, approval: approval!, decision: 'approved', comment: null, rights },
    });
    const given1: RunEvent = { type: 'ApprovalGiven', data: { approval: approval!, decision: 'approved', comment: null, by: 'someone' } };
    given(asking.facts)
      .when(decide(['run.operate']))
      .then([given1]);
    given(asking.facts)
      .when(decide(['run.read']))
      .thenRejected('WORKFLOW_APPROVAL_DENIED');
    given([...asking.facts, given1])
      .when(decide(['run.operate']))
      .thenNothing();
    given([...asking.facts, given1, { type: 'RunCompleted', data: { output: 1 } }])
      .when(decide(['run.operate']))
      .thenRejected('WORKFLOW_APPROVAL_CLOSED');
  });
});
