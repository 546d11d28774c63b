import { describe, expect, it } from '@jest/globals';
import { documentOf, PlayingRun, RUN } from '../run/testing/playing-run.js';
import { recordedAppends } from '../run/testing/recorded-facts.js';
import { recordingOf } from './recording.rules.js';
import { recorded } from './testing/played-replay.js';

describe('the recording of a run', () => {
  it('holds what was told from outside, in its order, and nothing that followed by itself', () => {
    const document = documentOf([
      { a: { call: 'desk.a@1', with: { n: 1 } } },
      { shape: { set: { n: 2 } } },
      { rest: { wait: 'PT1S' } },
      { ask: { call: 'approval.request@1', with: { title: 'Go on?' } } },
      { b: { call: 'desk.b@1', output: { as: '${ .kept }' } } },
    ]);
    const run = new PlayingRun(document);
    run.done('/do/0/a', { n: 9 });
    run.on({ kind: 'timer', timer: [...run.state.timers.keys()][0]! });
    const [approval] = run.state.openApprovals.keys();
    run.then({ type: 'ApprovalGiven', data: { approval: approval!, decision: 'approved', comment: null, by: 'someone' } });
    run.done('/do/4/b', { kept: 3, more: 4 });

    const recording = recorded(document, run);
    expect(recording.cues.map(({ at: _, ...cue }) => cue)).toMatchObject([
      { kind: 'effect', task: '/do/a#', nth: 0, outcome: { kind: 'done', output: { n: 9 }, shape: null } },
      { kind: 'timer', task: '/do/rest#', purpose: 'wait' },
      { kind: 'approval', task: '/do/ask#' },
      { kind: 'effect', task: '/do/b#', nth: 0, outcome: { kind: 'done', output: 3, shape: '${ .kept }' } },
    ]);
    expect([...recording.made]).toEqual([
      ['/do/a#', [{ call: 'desk.a@1', with: { n: 1 } }]],
      ['/do/b#', [{ call: 'desk.b@1', with: {} }]],
    ]);
    expect(recording.outcome).toEqual({ status: 'completed', output: 3 });
  });

  it('holds each of the outcomes that one append answered', () => {
    const branches = [{ a: { call: 'desk.a@1' } }, { b: { call: 'desk.b@1' } }];
    const document = documentOf([{ both: { fork: { branches } } }]);
    const run = new PlayingRun(document);
    const [one, other] = [run.done('/do/0/both/fork/branches/0/a', 1), run.done('/do/0/both/fork/branches/1/b', 2)];
    const appends = [...run.appends.slice(0, -2), [...one, ...other]];
    expect(recordingOf(RUN, document, recordedAppends(appends))?.cues).toMatchObject([
      { kind: 'effect', outcome: { output: 1 } },
      { kind: 'effect', outcome: { output: 2 } },
    ]);
  });

  it('tells the failure of an effect from a verdict on what it gave, and both from a timeout', () => {
    const schema = { document: { type: 'string' } };
    const document = documentOf([
      { broken: { try: [{ x: { call: 'desk.x@1' } }], catch: {} } },
      { judged: { try: [{ x: { call: 'desk.x@1', output: { schema } } }], catch: {} } },
      { late: { try: [{ x: { call: 'desk.x@1', timeout: { after: 'PT1S' } } }], catch: {} } },
    ]);
    const run = new PlayingRun(document);
    run.failed('/do/0/broken/try/0/x');
    run.done('/do/1/judged/try/0/x', 7);
    run.on({ kind: 'timer', timer: [...run.state.timers.keys()][0]! });
    expect(recorded(document, run).cues).toMatchObject([
      { kind: 'effect', outcome: { kind: 'failed', judged: null } },
      { kind: 'effect', outcome: { kind: 'failed', judged: { output: { schema } } } },
      { kind: 'timer', purpose: 'timeout' },
    ]);
  });

  it('has no end while the run goes on, and is not to be had without its beginning', () => {
    const document = documentOf([{ a: { call: 'desk.a@1' } }]);
    const run = new PlayingRun(document);
    expect(recorded(document, run).outcome).toBeNull();
    expect(recordingOf(RUN, document, recordedAppends(run.appends).slice(1))).toBeNull();
  });
});
