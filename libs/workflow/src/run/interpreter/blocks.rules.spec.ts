import { describe, expect, it } from '@jest/globals';
import { documentOf, PlayingRun } from '../testing/playing-run.js';
import { effectsOf, idempotencyKeyOf } from './effects.rules.js';

const call = (name: string) => ({ call: `desk.${name}@1`, with: { n: '${ .n }' } });

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
});
