import { describe, expect, it } from '@jest/globals';
import { advance, advanceAll, MOST_AT_ONCE } from './interpreter.rules.js';
import { effectsOf, idempotencyKeyOf } from './interpreter/effects.rules.js';
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

  it('counts the repetitions of a task by its own name, whatever every object inherits', () => {
    const again = { switch: [{ again: { when: '.n < 2', then: 'constructor' } }, { on: { then: 'exit' } }] };
    const run = new PlayingRun(documentOf([{ constructor: call('a') }, { more: again }]), { n: 0 });
    expect(run.open).toEqual(['/do', '/do/0/constructor']);
    run.done('/do/0/constructor', { n: 1 });
    expect(run.open).toEqual(['/do', '/do/0/constructor#v1']);
    run.done('/do/0/constructor#v1', { n: 2 });
    expect(run.state).toMatchObject({ status: 'completed', result: { output: { n: 2 } } });
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

it('does nothing while paused, but remembers', () => {
  const run = new PlayingRun(documentOf([{ a: call('a') }, { b: call('b') }]));
  run.then({ type: 'RunPaused', data: { reason: null } });
  expect(effectsOf(run.state)).toEqual([]);
  expect(run.done('/do/0/a', { n: 1 }).map(({ type }) => type)).toEqual(['TaskCompleted']);
  expect(run.then({ type: 'RunResumed', data: {} }).map(({ type }) => type)).toEqual(['TaskScheduled']);
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

describe('outcomes that came together', () => {
  const long = Array.from({ length: 150 }, (_, index) => ({ [`s${index}`]: { set: { n: index } } }));
  const branches = ['a', 'b', 'c'].map((name) => ({ [name]: { do: [{ first: call(name) }, ...long] } }));
  const run = new PlayingRun(documentOf([{ all: { fork: { branches } } }]), { n: 1 });
  const stimuli = [...run.state.tasks.values()]
    .filter(({ kind }) => kind === 'call')
    .map(({ id }) => ({ stimulus: { kind: 'done', task: id, attempt: 1, output: { n: 2 } } as const, chance: 0.5 }));

  it('are answered in their order, as many as fit into one append', () => {
    const { facts, answered } = advanceAll(run.machine(), run.state, stimuli);
    expect([stimuli.length, answered, facts.length <= MOST_AT_ONCE]).toEqual([3, 1, true]);
    const { facts: short, answered: two } = advanceAll(run.machine(), run.state, [
      { stimulus: { kind: 'timer', timer: 'none' }, chance: 0.5 },
      stimuli[2]!,
    ]);
    expect([short[0]?.data, two]).toEqual([{ task: stimuli[2]!.stimulus.task, output: { n: 2 }, next: 'continue' }, 2]);
  });
});
