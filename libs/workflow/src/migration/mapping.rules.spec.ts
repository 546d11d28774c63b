import { describe, expect, it } from '@jest/globals';
import { documentOf } from '../run/testing/playing-run.js';
import { movesBetween, placesGiven, type GivenMapping } from './mapping.rules.js';

const set = { set: {} };
const call = { call: 'desk.a@1' };
const from = documentOf([{ a: call }, { b: { do: [{ x: call }, { y: call }] } }, { c: call }]);
const moves = (to: ReturnType<typeof documentOf>, given: readonly GivenMapping[] = []) =>
  movesBetween({ from, to }, placesGiven({ from, to }, given));

describe('a mapping of tasks', () => {
  it('is needed for nothing that has the same names on the way to it', () => {
    expect(moves(from)).toEqual({});
    const to = documentOf([{ fresh: set }, { a: call }, { b: { do: [{ x: call }, { y: call }] } }]);
    expect(moves(to)).toEqual({ '/do/0/a': '/do/1/a', '/do/1/b': '/do/2/b' });
  });

  it('takes along what stands in a task, and lets a part of it go elsewhere', () => {
    const to = documentOf([{ a: call }, { both: { do: [{ y: call }, { z: call }] } }]);
    expect(moves(to, [{ from: 'b', to: 'both' }])).toEqual({ '/do/1/b': '/do/1/both', '/do/1/b/do/1/y': '/do/1/both/do/0/y' });
    expect(
      moves(to, [
        { from: 'b', to: 'both' },
        { from: '/do/b/do/x', to: '/do/1/both/do/1/z' },
      ]),
    ).toEqual({ '/do/1/b': '/do/1/both', '/do/1/b/do/0/x': '/do/1/both/do/1/z', '/do/1/b/do/1/y': '/do/1/both/do/0/y' });
  });

  it('gives a place to one task alone: to the one that was named for it', () => {
    const to = documentOf([{ c: call }, { b: { do: [{ x: call }, { y: call }] } }]);
    expect(moves(to, [{ from: 'a', to: 'c' }])).toEqual({ '/do/0/a': '/do/0/c' });
    const swapped = documentOf([{ fresh: set }, { b: { do: [{ x: call }, { y: call }] } }, { c: call }]);
    expect(moves(swapped, [{ from: 'a', to: 'c' }])).toEqual({ '/do/0/a': '/do/2/c', '/do/2/c': null });
    expect(moves(from, [{ from: 'c', to: null }])).toEqual({ '/do/2/c': null });
  });

  it.each([
    ['names nothing in the older version', [{ from: 'nobody', to: 'a' }]],
    ['names nothing in the newer version', [{ from: 'a', to: 'nobody' }]],
    [
      'maps a task twice',
      [
        { from: 'a', to: 'c' },
        { from: '/do/0/a', to: 'b' },
      ],
    ],
    [
      'maps two tasks to one',
      [
        { from: 'a', to: 'c' },
        { from: 'x', to: 'c' },
      ],
    ],
    ['has too many entries', Array.from({ length: 501 }, () => ({ from: 'a', to: null }))],
  ])('is refused when it %s', (_, given) => {
    expect(() => placesGiven({ from, to: from }, given)).toThrow(expect.objectContaining({ code: 'WORKFLOW_MAPPING_INVALID' }));
  });
});
