// E-04: a replay gives the result that was recorded, performs nothing, and stops where the recording has no answer.
import { describe, expect, it } from '@jest/globals';
import type { WorkflowDocument } from '../definition/document.js';
import { documentOf, PlayingRun } from '../run/testing/playing-run.js';
import { replayed } from './testing/played-replay.js';

const child = { run: { workflow: { namespace: 'n', name: 'c', version: '1' } } };
const undoable = (call: string) => ({ call, metadata: { kari: { compensate: [{ undo: { call: 'desk.undo@1' } }] } } });

/** Documents, each with a life that ends. */
const LIVES: Readonly<Record<string, readonly [WorkflowDocument, (run: PlayingRun) => void]>> = {
  'a chain whose outputs are handed on and shaped': [
    documentOf([
      { a: { call: 'desk.a@1', with: { id: '${ $workflow.id }' }, output: { as: '${ { n: .n } }' }, export: { as: '${ .n }' } } },
      { b: { call: 'desk.b@1', with: { n: '${ $context }' } } },
    ]),
    (run) => {
      run.done('/do/0/a', { n: 3, secret: 'x' });
      run.done('/do/1/b', { ok: true });
    },
  ],
  'a loop': [
    documentOf([{ each: { for: { in: '.items' }, do: [{ one: { call: 'desk.one@1', with: { n: '${ $item }' } } }] } }]),
    (run) => {
      run.done('/do/0/each/do/0/one#0', 'a');
      run.done('/do/0/each/do/0/one#1', 'b');
    },
  ],
  'a race that a call won against a wait': [
    documentOf([{ race: { fork: { compete: true, branches: [{ rest: { wait: 'PT5S' } }, { quick: { call: 'desk.quick@1' } }] } } }]),
    (run) => run.done('/do/0/race/fork/branches/1/quick', { first: true }),
  ],
  'a retry that succeeded, and a failure that was caught': [
    documentOf([
      {
        guarded: {
          try: [{ a: { call: 'desk.a@1' } }, { b: { call: 'desk.b@1' } }],
          catch: { retry: { delay: 'PT1S', limit: { attempt: { count: 1 } } }, do: [{ mend: { set: { mended: true } } }] },
        },
      },
    ]),
    (run) => {
      run.done('/do/0/guarded/try/0/a', 1);
      run.failed('/do/0/guarded/try/1/b');
      run.on({ kind: 'timer', timer: [...run.state.timers.keys()][0]! });
      run.done('/do/0/guarded/try/0/a', 2);
      run.failed('/do/0/guarded/try/1/b');
    },
  ],
  'a failure whose doing was undone': [
    documentOf([{ a: undoable('desk.a@1') }, { b: { call: 'desk.b@1' } }]),
    (run) => {
      run.done('/do/0/a', { n: 1 });
      run.failed('/do/1/b');
      run.done('/do/0/a/metadata/kari/compensate/0/undo', null);
    },
  ],
  'a failed run that was retried': [
    documentOf([{ a: { call: 'desk.a@1' } }, { b: { call: 'desk.b@1' } }]),
    (run) => {
      run.done('/do/0/a', 1);
      run.failed('/do/1/b');
      run.then({ type: 'RunRetried', data: { task: '/do/1/b', shard: 0 } });
      run.done('/do/1/b', 'at last');
    },
  ],
  'a call that came too late': [
    documentOf([
      { guarded: { try: [{ a: { call: 'desk.a@1', timeout: { after: 'PT1S' } } }], catch: { do: [{ mend: { set: { n: 1 } } }] } } },
    ]),
    (run) => run.on({ kind: 'timer', timer: [...run.state.timers.keys()][0]! }),
  ],
  'an approval, a child run and a pause': [
    documentOf([{ ask: { call: 'approval.request@1', with: { title: 'May it?' } } }, { child }]),
    (run) => {
      run.then({ type: 'RunPaused', data: { reason: 'look' } });
      const [approval] = run.state.openApprovals.keys();
      run.then({ type: 'ApprovalGiven', data: { approval: approval!, decision: 'approved', comment: null, by: 'ada' } });
      run.then({ type: 'RunResumed', data: {} });
      const { run: id } = run.state.tasks.get('/do/1/child')!.arguments as { run: string };
      run.on({ kind: 'child', end: { run: id, outcome: 'completed', output: 'grown' } });
    },
  ],
  'an event': [
    documentOf([{ hear: { listen: { to: { one: { with: { type: 'acme.paid' } } } } } }]),
    (run) => run.then({ type: 'EventReceived', data: { task: '/do/0/hear', filter: 0, event: { id: '1', data: { paid: 9 } } } }),
  ],
  'events of one kind, one after the other, until another one': [
    documentOf([
      {
        hear: {
          listen: { to: { any: [{ with: { type: 'a' } }], until: { one: { with: { type: 'stop' } } } } },
          foreach: { item: 'it', do: [{ act: { call: 'desk.act@1', with: { of: '${ $it }' } } }] },
        },
      },
    ]),
    (run) => {
      for (const n of [5, 6]) {
        run.then({ type: 'EventReceived', data: { task: '/do/0/hear', filter: 0, event: { id: `${n}`, source: 's', data: n } } });
        run.done(`/do/0/hear/foreach/do/0/act#${n - 5}`, { did: n });
      }
      run.then({ type: 'EventReceived', data: { task: '/do/0/hear', filter: 1, event: { id: 'end', source: 's', data: null } } });
    },
  ],
  'a run that was cancelled with a call under way': [
    documentOf([{ a: { call: 'desk.a@1' } }]),
    (run) => run.then({ type: 'RunCancelRequested', data: { reason: 'enough' } }),
  ],
};

describe('E-04: replaying against the same version', () => {
  it.each(Object.entries(LIVES))('gives the recorded result of %s', async (_name, [document, live]) => {
    const run = new PlayingRun(document, { items: [1, 2] });
    live(run);
    const { report, end, facts } = await replayed(document, run);
    expect(report).toMatchObject({ result: 'same', divergence: null });
    expect(end).toEqual(run.facts.at(-1));
    // Not the end alone: every step, in its order.
    const steps = (list: readonly { readonly type: string }[]) =>
      list.map(({ type }) => type).filter((type) => !/^Run(Started|Replayed)$/.test(type));
    expect(steps(facts)).toEqual(steps(run.facts));
  });
});

describe('E-04: replaying against another version', () => {
  const before = documentOf([{ a: { call: 'desk.a@1', with: { n: 1 } } }, { b: { call: 'desk.b@1', with: { n: '${ .n }' } } }]);
  const played = (): PlayingRun => {
    const run = new PlayingRun(before);
    run.done('/do/0/a', { n: 2 });
    run.failed('/do/1/b');
    return run;
  };

  it('finds the recorded effects where tasks have moved, and tells how the end differs', async () => {
    const after = documentOf([
      { first: { wait: 'P1D' } },
      ...before.do.slice(0, 1),
      { guarded: { try: [{ b: { call: 'desk.b@1', with: { n: '${ .n }' } } }], catch: { do: [{ mend: { set: { mended: true } } }] } } },
    ]);
    const moved = await replayed(before, played(), after);
    expect(moved.report).toMatchObject({
      result: 'diverged',
      divergence: { task: '/do/2/guarded/try/0/b', attempt: 1, reason: 'not-recorded', got: { call: 'desk.b@1', with: { n: 2 } } },
    });
    const mended = documentOf([{ first: { wait: 'P1D' } }, { a: before.do[0]!['a']! }, { last: { set: { done: '${ .n }' } } }]);
    const { report, end } = await replayed(before, played(), mended);
    expect(report).toMatchObject({
      result: 'different',
      answered: 1,
      recorded: { status: 'failed' },
      replayed: { status: 'completed', output: { done: 2 } },
    });
    expect(end).toEqual({ type: 'RunCompleted', data: { output: { done: 2 } } });
  });

  it('stops where an effect would be made with another input, and says both', async () => {
    const after = documentOf([before.do[0]!, { b: { call: 'desk.b@1', with: { n: '${ .n + 1 }' } } }]);
    const { report, end, facts } = await replayed(before, played(), after);
    expect(report).toMatchObject({
      result: 'diverged',
      answered: 1,
      divergence: {
        task: '/do/1/b',
        reason: 'input-differs',
        expected: { call: 'desk.b@1', with: { n: 2 } },
        got: { call: 'desk.b@1', with: { n: 3 } },
      },
    });
    expect(end).toMatchObject({ type: 'RunFailed', data: { error: { title: 'WORKFLOW_REPLAY_DIVERGED' } } });
    expect(facts.filter(({ type }) => type === 'RunFailed')).toHaveLength(1);
  });

  it('stops at an attempt that was never made', async () => {
    const again = { retry: { delay: 'PT1S', limit: { attempt: { count: 3 } } } };
    const once = documentOf([{ t: { try: [{ b: { call: 'desk.b@1' } }], catch: {} } }]);
    const run = new PlayingRun(once);
    run.failed('/do/0/t/try/0/b');
    const { report } = await replayed(once, run, documentOf([{ t: { try: [{ b: { call: 'desk.b@1' } }], catch: again } }]));
    expect(report.divergence).toMatchObject({ reason: 'not-recorded', attempt: 2 });
  });

  it('does not try another shape on what was kept in one', async () => {
    const shaped = (as: string) => documentOf([{ a: { call: 'desk.a@1', output: { as } } }]);
    const run = new PlayingRun(shaped('${ .n }'));
    run.done('/do/0/a', { n: 1, m: 2 });
    expect((await replayed(shaped('${ .n }'), run)).report.result).toBe('same');
    expect((await replayed(shaped('${ .n }'), run, shaped('${ .m }'))).report.divergence).toMatchObject({ reason: 'result-not-kept' });
  });

  it('stops where the recording does not tell how it ended, and undoes nothing', async () => {
    const both = (b: string) =>
      documentOf([{ a: undoable('desk.a@1') }, { f: { fork: { branches: [{ b: { call: b } }, { c: { call: 'desk.c@1' } }] } } }]);
    const run = new PlayingRun(both('desk.b@1'));
    run.done('/do/0/a', 1);
    run.failed('/do/1/f/fork/branches/1/c');
    run.done('/do/0/a/metadata/kari/compensate/0/undo', null);
    const lenient = documentOf([
      { a: undoable('desk.a@1') },
      { f: { fork: { branches: [{ b: { call: 'desk.b@1' } }, { d: { set: { n: 1 } } }] } } },
    ]);
    const { report, facts } = await replayed(both('desk.b@1'), run, lenient);
    expect(report.divergence).toMatchObject({ task: '/do/1/f/fork/branches/0/b', reason: 'no-outcome' });
    expect(facts.map(({ type }) => type)).not.toContain('CompensationStarted');
  });
});

describe('a run that was moved to another version', () => {
  const first = documentOf([{ a: { call: 'desk.a@1' } }, { b: { call: 'desk.b@1' } }, { c: { call: 'desk.c@1' } }]);
  const later = documentOf([
    { fresh: { set: { n: 1 } } },
    { a: { call: 'desk.a@1' } },
    { other: { call: 'desk.d@1', with: { n: '${ .n }' } } },
    { c: { call: 'desk.c@1' } },
  ]);
  const mapping = [{ from: 'b', to: 'other' }];
  const documents = new Map([['2', later]]);

  it('is repeated by both, and changes over where it did', async () => {
    const run = new PlayingRun(first);
    run.migrate(later, mapping);
    run.done('/do/0/a', { n: 1 });
    run.done('/do/1/b', { n: 2 });
    run.done('/do/2/c', { n: 3 });
    const { report, end, facts } = await replayed(first, run, first, documents);
    expect(report).toMatchObject({ result: 'same', answered: 3 });
    expect(end).toEqual({ type: 'RunCompleted', data: { output: { n: 3 } } });
    expect(facts.filter(({ type }) => type !== 'RunReplayed')).toEqual(run.facts.slice(1));
  });

  it('is repeated though it was moved before anything of it began, or in the middle of what followed by itself', async () => {
    const run = new PlayingRun(first, {}, {}, { begins: false });
    run.migrate(later, mapping);
    for (const [n, task] of ['/do/0/a', '/do/1/b', '/do/2/c'].entries()) run.done(task, { n });
    const { report, facts } = await replayed(first, run, first, documents);
    expect(report).toMatchObject({ result: 'same', answered: 3 });
    expect(facts[0]?.type).toBe('RunMigrated');
  });
});
