import { describe, expect, it } from '@jest/globals';
import { begunListening, havingHeard, mayHear, MOST_HEARD, takenBy, type Listening } from './listening-state.rules.js';
import type { RunEventOf } from './run.events.js';

type Awaited = RunEventOf<'EventAwaited'>['data'];
const filters = [{ with: { type: 'a' } }, { with: { type: 'b' } }];
const awaiting = (mode: Awaited['mode'], more: Partial<Awaited> = {}): Listening =>
  begunListening({ task: 't', mode, read: 'data', filters, ...more });
const event = (id: string, source = 's') => ({ id, source });
const heard = (listening: Listening, ...events: readonly (readonly [filter: number, id: string])[]): Listening =>
  events.reduce((known, [filter, id]) => havingHeard(known, { task: 't', filter, event: event(id) }), listening);
const may = (listening: Listening, filter: number, id = 'new', correlation = {}): boolean =>
  mayHear(listening, { filter, event: event(id), correlation });
const ids = (listening: Listening) => takenBy(listening).events.map(({ id }) => id);

describe('what is taken', () => {
  it('by one and any is the first event', () => {
    for (const mode of ['one', 'any'] as const) {
      expect(takenBy(awaiting(mode))).toEqual({ events: [], enough: false });
      expect(takenBy(heard(awaiting(mode), [1, 'x']))).toMatchObject({ events: [{ id: 'x' }], enough: true });
    }
  });

  it('by all is one for each filter, in their order, once every one has come', () => {
    expect(takenBy(heard(awaiting('all'), [1, 'x']))).toEqual({ events: [], enough: false });
    expect(ids(heard(awaiting('all'), [1, 'x'], [0, 'y']))).toEqual(['y', 'x']);
  });

  it('until other events come is all that came before, without those', () => {
    const waiting = awaiting('any', { repeats: true, until: { mode: 'all', filters } });
    const half = heard(waiting, [0, 'x'], [2, 'end'], [1, 'y']);
    expect(takenBy(half)).toMatchObject({ enough: false });
    expect(takenBy(heard(half, [3, 'also']))).toMatchObject({ events: [{ id: 'x' }, { id: 'y' }], enough: true });
  });

  it('until a condition holds is what was weighed, and nothing that came since', () => {
    const waiting = heard(awaiting('any', { repeats: true }), [0, 'x'], [0, 'y'], [0, 'z']);
    expect(ids({ ...waiting, weighed: 2, enough: true })).toEqual(['x', 'y']);
  });
});

describe('an event', () => {
  it('is heard once, by its id and source', () => {
    const waiting = heard(awaiting('any', { repeats: true }), [0, 'x']);
    expect(may(waiting, 1, 'x')).toBe(false);
    expect(mayHear(waiting, { filter: 1, event: event('x', 'another'), correlation: {} })).toBe(true);
  });

  it('is not heard by who has had enough', () => {
    expect(may(heard(awaiting('one'), [0, 'x']), 0)).toBe(false);
    expect(may(heard(awaiting('any'), [0, 'x']), 1)).toBe(false);
    expect(may(heard(awaiting('all'), [0, 'x']), 0)).toBe(false);
    expect(may(heard(awaiting('all'), [0, 'x']), 1)).toBe(true);
    expect(may({ ...awaiting('any', { repeats: true }), enough: true }, 0)).toBe(false);
    const until = awaiting('any', { repeats: true, until: { mode: 'one', filters: [{ with: {} }] } });
    expect(may(heard(until, [0, 'x']), 2)).toBe(true);
    expect(may(heard(until, [2, 'end']), 0)).toBe(false);
    expect(may(until, 3)).toBe(false);
  });

  it('is not heard while the run has failed, and what was heard before stays when it is retried', () => {
    const waiting = heard(awaiting('all'), [0, 'x']);
    expect(may({ ...waiting, closed: true }, 1)).toBe(false);
    const again = begunListening({ task: 't', mode: 'all', read: 'data', filters }, { ...waiting, closed: true });
    expect(may(again, 0)).toBe(false);
    expect(ids(heard(again, [1, 'y']))).toEqual(['x', 'y']);
  });

  it('belongs to the same thing as those before it', () => {
    const waiting = havingHeard(awaiting('all'), { task: 't', filter: 0, event: event('x'), correlation: { order: 7 } });
    expect(may(waiting, 1, 'y', { order: 8 })).toBe(false);
    expect(may(waiting, 1, 'y', { order: 7, other: 1 })).toBe(true);
  });

  it('is not heard behind the most that one task hears', () => {
    const full = {
      ...awaiting('any', { repeats: true }),
      received: Array.from({ length: MOST_HEARD }, (_, n) => ({ filter: 0, event: event(`${n}`) })),
    };
    expect(may(full, 0)).toBe(false);
  });
});
