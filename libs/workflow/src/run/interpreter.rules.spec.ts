import { describe, expect, it } from '@jest/globals';
import { advance, childrenToEnd, effectsOf, idempotencyKeyOf } from './interpreter.rules.js';
import { documentOf, PlayingRun } from './testing/playing-run.js';

const call = (name: string) => ({ call: `desk.${name}@1`, with: { n: '${ .n }' } });

describe('a list of tasks', () => {
  it('goes on with one append for each end: the next task is scheduled with it', () => {
    const run = new PlayingRun(documentOf([{ a: call('a') }, { b: call('b') }]), { n: 1 });
    expect(run.types()).toEqual(['RunStarted', 'TaskScheduled', 'TaskScheduled']);
    expect(run.done('/do/0/a', { n: 2 }).map(({ type }) => type)).toEqual(['TaskCompleted', 'TaskScheduled']);
    expect(run.done('/do/1/b', { n: 3 }).map(({ type }) => type)).toEqual(['TaskCompleted', 'TaskCompleted', 'RunCompleted']);
    expect(run.state).toMatchObject({ status: 'completed', result: { output: { n: 3 } } });
  });

  it('takes an outcome once: of an attempt that is past, or of a run that is over, nothing follows', () => {
    const run = new PlayingRun(documentOf([{ a: call('a') }]));
    expect(run.on({ kind: 'done', task: '/do/0/a', attempt: 2, output: 1 })).toEqual([]);
    run.done('/do/0/a', 1);
    expect(run.on({ kind: 'done', task: '/do/0/a', attempt: 1, output: 1 })).toEqual([]);
  });

  it('flows to a name, out of the list, and to the end; a task met again is another repetition with a key of its own', () => {
    const run = new PlayingRun(
      documentOf([
        { a: call('a') },
        { more: { switch: [{ again: { when: '.n < 2', then: 'a' } }, { on: { then: 'c' } }] } },
        { never: call('never') },
        { c: { ...call('c'), then: 'end' } },
        { after: call('after') },
      ]),
      { n: 0 },
    );
    const first = run.state.tasks.get('/do/0/a')!;
    run.done('/do/0/a', { n: 1 });
    expect(run.open).toEqual(['/do', '/do/0/a#v1']);
    expect(idempotencyKeyOf('r', run.state.tasks.get('/do/0/a#v1')!)).not.toBe(idempotencyKeyOf('r', first));
    run.done('/do/0/a#v1', { n: 2 });
    expect(run.open).toEqual(['/do', '/do/3/c']);
    run.done('/do/3/c', 'end');
    expect(run.state.result).toEqual({ output: 'end' });
  });

  it('skips what is not to be done, and shapes what goes in and out', () => {
    const run = new PlayingRun(
      documentOf([
        { skipped: { ...call('a'), if: '.n > 5' } },
        {
          shaped: {
            set: { twice: '${ .n * 2 }' },
            input: { from: '${ { n: .n } }' },
            output: { as: '${ .twice }' },
            export: { as: '${ { kept: . } }' },
          },
        },
      ]),
      { n: 2, more: true },
    );
    expect(run.state).toMatchObject({ status: 'completed', context: { kept: 4 }, result: { output: 4 } });
  });

  it('fails where an expression gives no value or a schema is broken', () => {
    expect(new PlayingRun(documentOf([{ a: { set: { x: '${ .a + .b + {} }' } } }]), { a: 1, b: 'b' }).state.failure?.error.type).toContain(
      '/expression',
    );
    const schema = { schema: { document: { type: 'string' } } };
    expect(new PlayingRun(documentOf([{ a: { set: { x: 1 }, output: schema } }])).state.failure?.error.type).toContain('/validation');
    expect(new PlayingRun(documentOf([{ a: { set: { x: 1 } } }], { input: schema }), 7).state).toMatchObject({
      status: 'failed',
      failure: { task: '/do' },
    });
  });
});

describe('for and fork', () => {
  it('goes through a list one after the other, each with what the one before gave', () => {
    const run = new PlayingRun(documentOf([{ each: { for: { in: '.items' }, do: [{ add: { set: { n: '${ (.n // 0) + $item }' } } }] } }]), {
      items: [1, 2, 3],
    });
    expect(run.state.result).toEqual({ output: { n: 6 } });
  });

  it('keeps to its width side by side, and gives all outputs in order', () => {
    const run = new PlayingRun(
      documentOf([
        {
          each: {
            for: { in: '.items', each: 'x' },
            metadata: { kari: { concurrency: 2 } },
            do: [{ one: { call: 'desk.a@1', with: { x: '${ $x }' } } }],
          },
        },
      ]),
      { items: ['a', 'b', 'c'] },
    );
    const effects = () => effectsOf(run.state).map(({ id }) => id);
    expect(effects()).toEqual(['/do/0/each/do/0/one#0', '/do/0/each/do/0/one#1']);
    run.done('/do/0/each/do/0/one#1', 'B');
    expect(effects()).toEqual(['/do/0/each/do/0/one#0', '/do/0/each/do/0/one#2']);
    run.done('/do/0/each/do/0/one#2', 'C');
    run.done('/do/0/each/do/0/one#0', 'A');
    expect(run.state.result).toEqual({ output: ['A', 'B', 'C'] });
  });

  it('ends a race with the first', () => {
    const run = new PlayingRun(documentOf([{ race: { fork: { compete: true, branches: [{ x: call('x') }, { y: call('y') }] } } }]));
    run.done('/do/0/race/fork/branches/1/y', 'Y');
    expect(run.state).toMatchObject({ status: 'completed', result: { output: 'Y' } });
    expect(run.on({ kind: 'done', task: '/do/0/race/fork/branches/0/x', attempt: 1, output: 'X' })).toEqual([]);
  });
});

describe('try', () => {
  const guarded = (clause: object) => documentOf([{ g: { try: [{ a: call('a') }, { b: call('b') }], catch: clause } }]);

  it('tries again after its pause, with the same keys and another attempt, until its limit', () => {
    const run = new PlayingRun(
      guarded({ retry: { delay: { seconds: 1 }, limit: { attempt: { count: 1 } } }, do: [{ m: { set: { mended: true } } }] }),
    );
    const key = idempotencyKeyOf('r', run.state.tasks.get('/do/0/g/try/0/a')!);
    expect(run.failed('/do/0/g/try/0/a').map(({ type }) => type)).toEqual(['TaskFailed', 'TimerSet']);
    expect(run.open).toEqual(['/do', '/do/0/g']);
    const [timer] = run.state.timers.keys();
    run.on({ kind: 'timer', timer: timer! });
    expect(run.state.tasks.get('/do/0/g/try/0/a')?.attempt).toBe(2);
    expect(idempotencyKeyOf('r', run.state.tasks.get('/do/0/g/try/0/a')!)).toBe(key);
    run.failed('/do/0/g/try/0/a');
    expect(run.state.result).toEqual({ output: { mended: true } });
  });

  it('takes only what its filter and conditions let through; the rest passes outwards', () => {
    expect(new PlayingRun(guarded({ errors: { with: { status: 503 } } })).failed('/do/0/g/try/0/a', 500).at(-1)?.type).toBe('RunFailed');
    const when = new PlayingRun(guarded({ as: 'e', when: '$e.status == 404', do: [{ m: { set: { s: '${ $e.status }' } } }] }));
    when.failed('/do/0/g/try/0/a', 404);
    expect(when.state.result).toEqual({ output: { s: 404 } });
    expect(new PlayingRun(guarded({ exceptWhen: '$error.status == 404' })).failed('/do/0/g/try/0/a', 404).at(-1)?.type).toBe('RunFailed');
  });
});

describe('waiting', () => {
  it('ends by its timer, and a timer of what is gone is taken back', () => {
    const run = new PlayingRun(documentOf([{ w: { wait: 'PT2S' } }]));
    expect(run.facts.at(-1)).toMatchObject({ type: 'TimerSet', data: { milliseconds: 2000, dueAt: '2026-01-01T00:00:02.000Z' } });
    run.on({ kind: 'timer', timer: '/do/0/w:wait:1' });
    expect(run.state.status).toBe('completed');
    const late = new PlayingRun(
      documentOf([
        { g: { try: [{ a: { ...call('a'), timeout: { after: { seconds: 1 } } } }], catch: { errors: { with: { status: 408 } } } } },
      ]),
    );
    late.done('/do/0/g/try/0/a', 1);
    expect(late.types()).toContain('TimerCancelled');
    expect(late.on({ kind: 'timer', timer: '/do/0/g/try/0/a:timeout:1' })).toEqual([]);
  });

  it('asks for approval with an expiry', () => {
    const ask = (): PlayingRun =>
      new PlayingRun(documentOf([{ ask: { call: 'approval.request@1', with: { title: 'May it?', expires: { hours: 1 } } } }]));
    const run = ask();
    const [approval] = run.state.openApprovals.keys();
    run.then({ type: 'ApprovalGiven', data: { approval: approval!, decision: 'approved', comment: null, by: 'boss' } });
    expect(run.state.result).toEqual({ output: { approved: true, comment: null, by: 'boss' } });
    const expired = ask();
    expired.on({ kind: 'timer', timer: '/do/0/ask:approval:1' });
    expect(expired.state.failure?.error).toMatchObject({ title: 'WORKFLOW_APPROVAL_EXPIRED', status: 408 });
  });

  it('does nothing while paused, but remembers', () => {
    const run = new PlayingRun(documentOf([{ a: call('a') }, { b: call('b') }]));
    run.then({ type: 'RunPaused', data: { reason: null } });
    expect(effectsOf(run.state)).toEqual([]);
    expect(run.done('/do/0/a', { n: 1 }).map(({ type }) => type)).toEqual(['TaskCompleted']);
    expect(run.then({ type: 'RunResumed', data: {} }).map(({ type }) => type)).toEqual(['TaskScheduled']);
  });
});

describe('ends that are not the good one', () => {
  const undoable = (name: string) => ({ ...call(name), metadata: { kari: { compensate: [{ undo: call(`un${name}`) }] } } });

  it('undo what was done, last first, one after the other; a failing undo is told and the others go on', () => {
    const run = new PlayingRun(documentOf([{ a: undoable('a') }, { b: undoable('b') }, { c: undoable('c') }]));
    run.done('/do/0/a', { n: 1 });
    run.done('/do/1/b', { n: 2 });
    run.failed('/do/2/c');
    expect(run.facts.find(({ type }) => type === 'CompensationStarted')).toMatchObject({ data: { tasks: ['/do/1/b', '/do/0/a'] } });
    expect(effectsOf(run.state)).toMatchObject([{ arguments: { call: 'desk.unb@1', with: { n: 2 } } }]);
    run.failed('/do/1/b/metadata/kari/compensate/0/undo');
    run.done('/do/0/a/metadata/kari/compensate/0/undo', null);
    expect(run.facts.at(-1)).toMatchObject({
      type: 'RunFailed',
      data: { error: { type: 'urn:broken' }, compensationFailures: ['/do/1/b'] },
    });
  });

  it('wait for child runs, which are ended first', () => {
    const run = new PlayingRun(documentOf([{ child: { run: { workflow: { namespace: 'n', name: 'c', version: '1' } } } }]));
    expect(run.then({ type: 'RunCancelRequested', data: { reason: 'enough' } })).toEqual([]);
    const [child] = childrenToEnd(run.state);
    const ended = run.on({ kind: 'child', end: { run: child!, outcome: 'cancelled' } });
    expect(ended.map(({ type }) => type)).toEqual(['ChildRunEnded', 'RunCancelled']);
  });

  it('raise what the workflow names', () => {
    const run = new PlayingRun(
      documentOf([{ r: { raise: { error: 'no' } } }], {
        use: { errors: { no: { type: 'urn:no', status: 403, title: '${ "not " + .who }' } } },
      }),
      { who: 'you' },
    );
    expect(run.state.failure?.error).toEqual({ type: 'urn:no', status: 403, title: 'not you', instance: '/do/0/r' });
  });
});

it('decides the same from the same', () => {
  const play = (): readonly unknown[] => {
    const run = new PlayingRun(documentOf([{ a: call('a') }, { w: { wait: { seconds: 1 } } }]));
    run.done('/do/0/a', 1);
    return run.facts;
  };
  expect(play()).toEqual(play());
  expect(typeof advance).toBe('function');
});
