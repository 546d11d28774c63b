import { describe, expect, it } from '@jest/globals';
import { MOST_HEARD } from '../listening-state.rules.js';
import { documentOf, PlayingRun } from '../testing/playing-run.js';

const playing = (task: object, input: unknown = {}) => {
  const run = new PlayingRun(documentOf([{ l: task as never }]), input);
  const receive = (filter: number, data: unknown, id = `${filter}:${JSON.stringify(data)}`) =>
    run.then({ type: 'EventReceived', data: { task: '/do/0/l', filter, event: { id, source: 's', type: 't', data } } });
  return { run, receive };
};
const any = (until?: unknown) => ({ any: [{ with: { type: 'a' } }], ...(until === undefined ? {} : { until }) });

it('asks for events with the values of this moment, and gives what came in the order of the filters', () => {
  const all = [{ with: { type: 'a.b', subject: '${ .n }' } }, { with: { type: 'c.d', data: '${ .x > 1 }' } }];
  const { run, receive } = playing({ listen: { to: { all } } }, { n: 'seven' });
  expect(run.facts.at(-1)).toMatchObject({
    type: 'EventAwaited',
    data: { mode: 'all', filters: [{ with: { type: 'a.b', subject: 'seven' } }, { with: { type: 'c.d', data: '${ .x > 1 }' } }] },
  });
  receive(1, 'second');
  expect(run.state.status).toBe('running');
  receive(0, 'first');
  expect(run.state.result).toEqual({ output: ['first', 'second'] });
});

it('keeps what an expression over the event names of the run, and nothing else', () => {
  const one = { with: { data: '${ .order == $input.id }' }, correlate: { order: { from: '.data.order', expect: '${ .id }' } } };
  const { run } = playing({ listen: { to: { one } } }, { id: 7 });
  expect(run.facts.at(-1)).toEqual({
    type: 'EventAwaited',
    data: {
      task: '/do/0/l',
      mode: 'one',
      read: 'data',
      filters: [
        {
          with: { data: '${ .order == $input.id }' },
          correlate: { order: { from: '.data.order', expect: 7 } },
          variables: { input: { id: 7 } },
        },
      ],
    },
  });
});

it('takes any event at all where none is named', () => {
  expect(playing({ listen: { to: { any: [] } } }).run.facts.at(-1)).toMatchObject({ data: { mode: 'any', filters: [{ with: {} }] } });
});

it.each([
  ['data', { n: 1 }],
  ['envelope', { id: 'x', source: 's', type: 't', data: { n: 1 } }],
  ['raw', '{"n":1}'],
])('reads an event as %s', (read, output) => {
  const { run, receive } = playing({ listen: { to: { one: { with: { type: 't' } } }, read } });
  receive(0, { n: 1 }, 'x');
  expect(run.state.result).toEqual({ output: [output] });
});

describe('until', () => {
  it('goes on hearing until its condition holds, and weighs each event once', () => {
    const { run, receive } = playing({ listen: { to: any('length >= 2') } });
    receive(0, 1);
    expect(run.facts.at(-1)).toEqual({ type: 'EventsWeighed', data: { task: '/do/0/l', count: 1, enough: false } });
    receive(0, 2);
    expect(run.types().filter((type) => type === 'EventsWeighed')).toHaveLength(2);
    expect(run.state.result).toEqual({ output: [1, 2] });
  });

  it('takes nothing that came behind the event after which it held', () => {
    const { run, receive } = playing({ listen: { to: any('length == 2') } });
    run.state = { ...run.state, paused: true };
    for (const n of [1, 2, 3]) receive(0, n);
    run.then({ type: 'RunResumed', data: {} });
    expect(run.state.result).toEqual({ output: [1, 2] });
  });

  it('ends with another event, which is not given', () => {
    const { run, receive } = playing({ listen: { to: any({ one: { with: { type: 'stop' } } }) } });
    expect(run.facts.at(-1)).toMatchObject({ data: { repeats: true, until: { mode: 'one', filters: [{ with: { type: 'stop' } }] } } });
    receive(0, 1);
    receive(1, 'stop');
    expect(run.state.result).toEqual({ output: [1] });
  });

  it('fails a task that hears without an end', () => {
    const { run, receive } = playing({ listen: { to: any('false') } });
    for (let n = 0; n < MOST_HEARD; n += 1) receive(0, n);
    expect(run.state).toMatchObject({ status: 'failed', failure: { task: '/do/0/l' } });
  });
});

describe('foreach', () => {
  it('does its tasks for each event as it comes, one after the other, and gives what each gave', () => {
    const { run, receive } = playing({
      listen: { to: any('length >= 2') },
      foreach: {
        item: 'order',
        at: 'place',
        do: [{ act: { call: 'a.b@1', with: { of: '${ $order.n }', at: '${ $place }' } } }],
        output: { as: '${ .done }' },
        export: { as: '${ { last: .  } }' },
      },
    });
    receive(0, { n: 5 });
    receive(0, { n: 6 });
    expect(run.open).toEqual(['/do', '/do/0/l', '/do/0/l/foreach/do#0', '/do/0/l/foreach/do/0/act#0']);
    run.done('/do/0/l/foreach/do/0/act#0', { done: 'five' });
    expect(run.state.context).toEqual({ last: 'five' });
    expect(run.state.tasks.get('/do/0/l/foreach/do/0/act#1')?.arguments).toEqual({ call: 'a.b@1', with: { of: 6, at: 1 } });
    run.done('/do/0/l/foreach/do/0/act#1', { done: 'six' });
    expect(run.state.result).toEqual({ output: ['five', 'six'] });
  });

  it('goes on behind the round that failed, with all it had heard, when the run is retried', () => {
    const { run, receive } = playing({
      listen: { to: any('length >= 2') },
      foreach: { do: [{ act: { call: 'a.b@1', with: { of: '${ $item }' } } }] },
    });
    receive(0, 'one');
    run.done('/do/0/l/foreach/do/0/act#0', 'did one');
    receive(0, 'two');
    run.failed('/do/0/l/foreach/do/0/act#1');
    expect(run.state).toMatchObject({ status: 'failed', listeners: new Set() });
    run.then({ type: 'RunRetried', data: { task: '/do/0/l/foreach/do/0/act#1', shard: 0 } });
    run.done('/do/0/l/foreach/do/0/act#1', 'did two');
    expect(run.state.result).toEqual({ output: ['did one', 'did two'] });
  });

  it('ends the workflow where a task of it says so', () => {
    const { run, receive } = playing({ listen: { to: any('false') }, foreach: { do: [{ enough: { set: { x: 1 }, then: 'end' } }] } });
    receive(0, 1);
    expect(run.state.result).toEqual({ output: { x: 1 } });
    expect(run.state.listeners.size).toBe(0);
  });

  it('hands the events on where it has no tasks', () => {
    const { run, receive } = playing({ listen: { to: { one: { with: { type: 'a' } } } }, foreach: { output: { as: '${ .n }' } } });
    receive(0, { n: 3 });
    expect(run.state.result).toEqual({ output: [3] });
  });
});
