import { describe, expect, it } from '@jest/globals';
import { admittedFrom, MOST_WAITING, placeFor, type PlaceRow, type PlaceWish } from './place.rules.js';

const row = (run: string, status: PlaceRow['status'], places = 1): PlaceRow => ({ run, turn: 1, status, places });
const wish = (over: Partial<PlaceWish> = {}): PlaceWish => ({ run: 'new', turn: 1, places: 1, overlap: 'queue', ancestors: [], ...over });

describe('a place', () => {
  it('is had while one is free and nobody stands before', () => {
    expect(placeFor(wish(), [])).toEqual({ status: 'held' });
    expect(placeFor(wish({ places: 2 }), [row('a', 'held', 2)])).toEqual({ status: 'held' });
    expect(placeFor(wish({ places: 3 }), [row('a', 'held', 1), row('b', 'waiting', 1)])).toMatchObject({ status: 'waiting', ahead: 2 });
  });

  it('is waited for behind those that came before, who are named', () => {
    expect(placeFor(wish(), [row('a', 'held'), row('b', 'waiting')])).toEqual({
      status: 'waiting',
      behind: ['a', 'b'],
      ahead: 2,
      replaces: [],
    });
    const many = [row('a', 'held'), ...Array.from({ length: MOST_WAITING }, (_, index) => row(`w${index}`, 'waiting'))];
    expect(placeFor(wish(), many)).toMatchObject({ status: 'refused', reason: expect.stringContaining('10000 runs wait') });
  });

  it('is refused to whoever would rather not wait, with the run that goes on', () => {
    expect(placeFor(wish({ overlap: 'skip' }), [row('a', 'held')])).toEqual({
      status: 'refused',
      reason: 'skipped, because run a goes on with the same key',
    });
  });

  it('is taken over from the eldest, and from whoever waits', () => {
    const rows = [row('a', 'held', 2), row('b', 'held', 2), row('c', 'waiting', 2)];
    expect(placeFor(wish({ overlap: 'cancel-previous', places: 2 }), rows)).toMatchObject({ status: 'waiting', replaces: ['a', 'c'] });
  });

  it('is refused to a run that would wait for the one that waits for it', () => {
    expect(placeFor(wish({ ancestors: ['a'] }), [row('a', 'held')])).toMatchObject({
      status: 'refused',
      reason: expect.stringContaining('which waits for it'),
    });
  });
});

it('lets in as many as have room, first come, first served, and nobody past the first of them', () => {
  const rows = [row('a', 'held', 2), row('b', 'waiting', 2), row('c', 'waiting', 2)];
  expect(admittedFrom(rows).map(({ run }) => run)).toEqual(['b']);
  expect(admittedFrom([row('b', 'waiting', 1), row('c', 'waiting', 9)]).map(({ run }) => run)).toEqual(['b', 'c']);
  expect(admittedFrom([row('a', 'held'), row('b', 'waiting', 1), row('c', 'waiting', 9)])).toEqual([]);
});
