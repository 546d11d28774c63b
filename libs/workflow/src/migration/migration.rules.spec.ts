// Which runs can be moved, what is in the way of the others, and how they go on.
import { describe, expect, it } from '@jest/globals';
import type { WorkflowDocument } from '../definition/document.js';
import { effectsOf, idempotencyKeyOf } from '../run/interpreter/effects.rules.js';
import { documentOf, PlayingRun } from '../run/testing/playing-run.js';
import type { GivenMapping } from './mapping.rules.js';

const set = { set: {} };
const call = (name: string, more: object = {}) => ({ call: `desk.${name}@1`, ...more });
const undoable = (name: string) => call(name, { metadata: { kari: { compensate: [{ undo: call('undo') }] } } });
const ask = { call: 'approval.request@1', with: { title: 'May it?' } };
const keyOf = (run: PlayingRun, task: string): string => idempotencyKeyOf('r', run.state.tasks.get(task)!);

describe('a run that is moved', () => {
  it('takes the outcome of what was under way at its new place, under the key that it was asked for with', () => {
    const run = new PlayingRun(documentOf([{ a: call('a') }, { b: call('b') }]));
    const key = keyOf(run, '/do/0/a');
    run.migrate(documentOf([{ fresh: set }, { first: call('a', { output: { as: '${ .n }' } }) }, { then: call('c') }]), [
      { from: 'a', to: 'first' },
      { from: 'b', to: 'then' },
    ]);
    expect(run.open).toEqual(['/do', '/do/0/a']);
    expect([keyOf(run, '/do/0/a'), run.state.tasks.get('/do/0/a')]).toMatchObject([
      key,
      { pointer: '/do/1/first', name: 'first', attempt: 1 },
    ]);
    run.done('/do/0/a', { n: 7 });
    // The name of `b` stays the name of its place, and it is done as the newer version says.
    expect(run.state.tasks.get('/do/1/b')).toMatchObject({ pointer: '/do/2/then', input: 7, arguments: { call: 'desk.c@1' } });
    run.done('/do/1/b', 'done');
    expect(run.state).toMatchObject({ status: 'completed', result: { output: 'done' } });
  });

  it('gives no key twice, though a task of the newer version stands where another one stood', () => {
    const run = new PlayingRun(documentOf([{ a: call('a') }, { again: { set: {}, then: 'a' } }]));
    const key = keyOf(run, '/do/0/a');
    run.migrate(documentOf([{ a: call('other') }, { b: call('a') }, { again: { set: {}, then: 'a' } }]), [{ from: 'a', to: 'b' }]);
    run.done('/do/0/a', 1);
    const [other] = effectsOf(run.state);
    expect(other).toMatchObject({ id: '/do/0/a~m1', pointer: '/do/0/a', arguments: { call: 'desk.other@1' } });
    expect(idempotencyKeyOf('r', other!)).not.toBe(key);
    run.done(other!.id, 1);
    const [second] = effectsOf(run.state);
    expect(second).toMatchObject({ id: '/do/0/a#v1', pointer: '/do/1/b' });
    expect(idempotencyKeyOf('r', second!)).not.toBe(key);
  });

  it('keeps the keys of a try over a migration between its attempts', () => {
    const guarded = (tasks: WorkflowDocument['do']) => ({
      try: tasks,
      catch: { retry: { delay: 'PT1S', limit: { attempt: { count: 3 } } } },
    });
    const run = new PlayingRun(documentOf([{ g: guarded([{ a: call('a') }, { b: call('b') }]) }]));
    run.done('/do/0/g/try/0/a', 1);
    const key = keyOf(run, '/do/0/g/try/1/b');
    run.failed('/do/0/g/try/1/b');
    run.migrate(documentOf([{ g: guarded([{ fresh: set }, { a: call('a') }, { z: call('b') }]) }]), [{ from: 'b', to: 'z' }]);
    run.on({ kind: 'timer', timer: [...run.state.timers.keys()][0]! });
    run.done('/do/0/g/try/0/a', 1);
    expect(keyOf(run, '/do/0/g/try/1/b')).toBe(key);
    expect(run.state.tasks.get('/do/0/g/try/1/b')).toMatchObject({ pointer: '/do/0/g/try/2/z', attempt: 2 });
  });

  it('undoes what was done by the older version as the newer one says', () => {
    const run = new PlayingRun(documentOf([{ a: undoable('a') }, { bad: call('bad') }]));
    run.done('/do/0/a', 1);
    run.migrate(documentOf([{ fresh: set }, { paid: undoable('a') }, { bad: call('bad') }]), [{ from: 'a', to: 'paid' }]);
    run.failed('/do/1/bad');
    expect(run.state).toMatchObject({ status: 'compensating' });
    expect(effectsOf(run.state)).toMatchObject([
      { pointer: '/do/1/paid/metadata/kari/compensate/0/undo', arguments: { call: 'desk.undo@1' } },
    ]);
  });

  it('waits on: an approval, a timer and a child run are what they were', () => {
    const child = { run: { workflow: { namespace: 'n', name: 'c', version: '1' } } };
    const branches = [{ ask }, { rest: { wait: 'PT1H' } }, { child }];
    const run = new PlayingRun(documentOf([{ all: { fork: { branches } } }]));
    const before = [[...run.state.openApprovals], [...run.state.timers.keys()], [...run.state.tasks.values()].map(({ arguments: a }) => a)];
    run.migrate(documentOf([{ fresh: set }, { whole: { fork: { branches } } }]), [{ from: 'all', to: 'whole' }]);
    expect([
      [...run.state.openApprovals],
      [...run.state.timers.keys()],
      [...run.state.tasks.values()].map(({ arguments: a }) => a),
    ]).toEqual(before);
    expect(run.facts.at(-1)?.type).toBe('RunMigrated');
  });

  it('listens anew for what the newer version asks for, while it has heard nothing', () => {
    const hears = (type: string) => documentOf([{ hear: { listen: { to: { one: { with: { type } } } } } }]);
    const run = new PlayingRun(hears('gone'));
    expect(run.judged(hears('there'))).toMatchObject({ obstacles: [], anew: ['/do/0/hear'] });
    expect(run.migrate(hears('there')).map(({ type }) => type)).toEqual(['EventUnawaited', 'EventAwaited']);
    expect(run.state.tasks.get('/do/0/hear')?.listening?.filters).toEqual([{ with: { type: 'there' } }]);
    expect(run.judged(hears('there')).anew).toEqual([]);
  });

  it('keeps the pins of a test run with their tasks', () => {
    const run = new PlayingRun(
      documentOf([{ a: call('a') }, { b: call('b') }, { c: call('c') }]),
      {},
      { kind: 'test', pins: { '/do/b': 1, '/do/c': 2 } },
    );
    run.migrate(documentOf([{ a: call('a') }, { later: call('b') }]), [
      { from: 'b', to: 'later' },
      { from: 'c', to: null },
    ]);
    expect(run.state.start).toMatchObject({ workflow: { version: '2' }, pins: { '/do/later': 1 } });
    run.done('/do/0/a', 0);
    expect(run.state).toMatchObject({ status: 'completed', result: { output: 1 } });
  });

  it('goes on behind what was done while it was paused', () => {
    const run = new PlayingRun(documentOf([{ a: call('a') }, { b: call('b') }]));
    run.then({ type: 'RunPaused', data: { reason: null } });
    run.done('/do/0/a', 1);
    run.migrate(documentOf([{ zero: call('zero') }, { a: call('a') }, { between: call('between') }, { b: call('b') }]));
    run.then({ type: 'RunResumed', data: {} });
    expect(effectsOf(run.state)).toMatchObject([{ pointer: '/do/2/between' }]);
  });
});

interface Case {
  readonly from: WorkflowDocument;
  readonly to: WorkflowDocument;
  readonly mapping?: readonly GivenMapping[];
  readonly live?: (run: PlayingRun) => void;
  readonly place: string;
  readonly reason: RegExp;
}
const each = (tasks: WorkflowDocument['do'], more: object = {}, loop: object = {}) =>
  documentOf([{ each: { for: { in: '.items', ...loop }, do: tasks, ...more } }]);
const fork = (...names: readonly string[]) => documentOf([{ all: { fork: { branches: names.map((name) => ({ [name]: call(name) })) } } }]);
const paused = (run: PlayingRun): void => {
  run.then({ type: 'RunPaused', data: { reason: null } });
  run.done('/do/0/a', 1);
};
const schema = { document: { type: 'string' } };
const hears = (types: readonly string[], more: object = {}) =>
  documentOf([{ hear: { listen: { to: { all: types.map((type) => ({ with: { type } })) } }, ...more } }]);

const REFUSED: Readonly<Record<string, Case>> = {
  'a task that is gone': {
    from: documentOf([{ a: call('a') }]),
    to: documentOf([{ b: call('a') }]),
    place: '/do/a',
    reason: /no place.*map it/,
  },
  'a task of another kind': {
    from: documentOf([{ a: call('a') }]),
    to: documentOf([{ a: set }]),
    place: '/do/a',
    reason: /kind call.*kind set/,
  },
  'an approval that is a call there': {
    from: documentOf([{ a: ask }]),
    to: documentOf([{ a: call('a') }]),
    place: '/do/a',
    reason: /kind approval/,
  },
  'a call of something else': {
    from: documentOf([{ a: call('a') }]),
    to: documentOf([{ a: call('b') }]),
    place: '/do/a',
    reason: /desk\.a@1.*desk\.b@1/,
  },
  'a request that sends something else': {
    from: documentOf([{ a: { call: 'http', with: { method: 'get', endpoint: 'https://a.example' } } }]),
    to: documentOf([{ a: { call: 'http', with: { method: 'get', endpoint: 'https://b.example' } } }]),
    place: '/do/a',
    reason: /sends something else/,
  },
  'a task that stands in another scope': {
    from: documentOf([{ a: call('a') }]),
    to: documentOf([{ g: { do: [{ a: call('a') }] } }]),
    mapping: [{ from: 'a', to: 'a' }],
    place: '/do/a',
    reason: /another scope/,
  },
  'a loop whose rounds come side by side there': {
    from: each([{ one: call('one') }]),
    to: each([{ one: call('one') }], { metadata: { kari: { concurrency: 2 } } }),
    place: '/do/each',
    reason: /side by side/,
  },
  'a loop that lends another name': {
    from: each([{ one: call('one') }]),
    to: each([{ one: call('one') }], {}, { each: 'row' }),
    place: '/do/each',
    reason: /\$item.*\$row/,
  },
  'branches in another order': { from: fork('a', 'b'), to: fork('b', 'a'), place: '/do/all', reason: /keep their order: a, b/ },
  'a branch that is gone, though it is done': {
    from: fork('a', 'b'),
    to: fork('b'),
    live: (run) => void run.done('/do/0/all/fork/branches/0/a', 1),
    place: '/do/all',
    reason: /keep their order/,
  },
  'branches that compete there': {
    from: fork('a', 'b'),
    to: documentOf([{ all: { fork: { compete: true, branches: [{ a: call('a') }, { b: call('b') }] } } }]),
    place: '/do/all',
    reason: /compete/,
  },
  'a listener that has heard something and hears something else there': {
    from: hears(['a', 'b']),
    to: hears(['a', 'c']),
    live: (run) => void run.then({ type: 'EventReceived', data: { task: '/do/0/hear', filter: 0, event: { id: '1', type: 'a' } } }),
    place: '/do/hear',
    reason: /heard 1 events/,
  },
  'a compensation that is owed and not there': {
    from: documentOf([{ a: undoable('a') }, { b: call('b') }]),
    to: documentOf([{ a: call('a') }, { b: call('b') }]),
    live: (run) => void run.done('/do/0/a', 1),
    place: '/do/a',
    reason: /would not undo it/,
  },
  'a task that is done, with nothing to go on behind': {
    from: documentOf([{ a: call('a') }, { b: call('b') }]),
    to: documentOf([{ b: call('b') }]),
    live: paused,
    place: '/do',
    reason: /a is done in it/,
  },
  'a task that comes next and is not there': {
    from: documentOf([{ a: call('a', { then: 'c' }) }, { b: call('b') }, { c: call('c') }]),
    to: documentOf([{ a: call('a', { then: 'c' }) }, { b: call('b') }]),
    live: paused,
    place: '/do',
    reason: /go on with c/,
  },
  'an input that does not fit': {
    from: documentOf([{ a: call('a') }]),
    to: documentOf([{ a: call('a') }], { input: { schema } }),
    place: '/do',
    reason: /input of the run.*is a object/,
  },
  'an input of a task that does not fit': {
    from: documentOf([{ a: call('a') }]),
    to: documentOf([{ a: call('a', { input: { schema } }) }]),
    place: '/do/a',
    reason: /its input/,
  },
  'a context that does not fit': {
    from: documentOf([{ a: call('a', { export: { as: '${ .n }' } }) }, { b: call('b') }]),
    to: documentOf([{ a: call('a', { export: { as: '${ .n }', schema } }) }, { b: call('b') }]),
    live: (run) => void run.done('/do/0/a', { n: 7 }),
    place: '/do/a',
    reason: /the context.*is a number/,
  },
  'an input of what comes next that does not fit': {
    from: documentOf([{ a: call('a') }, { b: call('b') }]),
    to: documentOf([{ a: call('a') }, { b: call('b', { input: { schema } }) }]),
    live: paused,
    place: '/do/b',
    reason: /input of b, which comes next/,
  },
};

describe('a run is not moved because of', () => {
  it.each(Object.entries(REFUSED))('%s', (_, { from, to, mapping = [], live, place, reason }) => {
    const run = new PlayingRun(from, { items: [1, 2] });
    live?.(run);
    // The control: what it goes by now is in nobody's way.
    expect(run.judged(from).obstacles).toEqual([]);
    expect(run.judged(to, mapping).obstacles).toContainEqual({ task: expect.any(String), place, reason: expect.stringMatching(reason) });
  });

  it('everything that is in the way, each by itself', () => {
    const run = new PlayingRun(fork('a', 'b', 'c'));
    const { obstacles, open } = run.judged(fork('a'));
    expect(obstacles.map(({ place }) => place)).toEqual(['/do/all', '/do/all/fork/branches/b', '/do/all/fork/branches/c']);
    expect(open).toContainEqual({ task: '/do/0/all/fork/branches/1/b', from: '/do/0/all/fork/branches/1/b', to: null });
  });
});
