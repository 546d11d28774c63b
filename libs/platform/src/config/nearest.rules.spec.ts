import { describe, expect, it } from '@jest/globals';
import { nearest } from './nearest.rules.js';

const known = ['KARI_PORT', 'KARI_HOST', 'KARI_ROLES', 'KARI_DATA_DIR'];

describe('the nearest known name', () => {
  it.each([
    ['two letters swapped', 'KARI_PROT', 'KARI_PORT'],
    ['one letter too few', 'KARI_ROLE', 'KARI_ROLES'],
    ['one letter too many', 'KARI_HOSTS', 'KARI_HOST'],
    ['another letter', 'KARI_DATA_DIT', 'KARI_DATA_DIR'],
    ['the name itself', 'KARI_PORT', 'KARI_PORT'],
  ])('%s: %s was meant as %s', (_slip, name, meant) => {
    expect(nearest(name, known)).toBe(meant);
  });

  it('is none when too much would have to change', () => {
    expect(nearest('SOMETHING_ELSE_ENTIRELY', known)).toBeNull();
  });

  it('allows a third of the letters, and at least two', () => {
    expect([
      nearest('ab', ['cd']),
      nearest('ab', ['cde']),
      nearest('abcdefghi', ['abcdefxyz']),
      nearest('abcdefghi', ['abcdewxyz']),
    ]).toEqual(['cd', null, 'abcdefxyz', null]);
  });

  it('is the first of equally near ones, so that the answer never depends on chance', () => {
    expect(nearest('cat', ['bat', 'rat'])).toBe('bat');
  });

  it('knows nothing when nothing is known', () => {
    expect(nearest('KARI_PORT', [])).toBeNull();
  });
});
