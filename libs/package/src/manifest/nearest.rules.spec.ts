import { describe, expect, it } from '@jest/globals';
import { nearest, suggestion } from './nearest.rules.js';

it.each([
  ['licence', 'license'],
  ['htpp', 'http'],
  ['Plugins', 'plugins'],
  ['permisions', 'permissions'],
  ['xy', null],
  ['entirely-different', null],
  ['x'.repeat(10_000), null],
])('%s is meant as %s', (word, meant) => {
  expect(nearest(word, ['license', 'http', 'plugins', 'permissions'])).toBe(meant);
});

describe('how far a word may be from what was meant', () => {
  it.each<[string, string, string, boolean]>([
    ['one edit of one letter', 'a', 'b', true],
    ['one edit of two letters', 'ab', 'ac', true],
    ['two edits of two letters', 'ab', 'cd', false],
    ['one edit of five letters', 'abcde', 'abcdx', true],
    ['two edits of five letters', 'abcde', 'abcxy', false],
    ['two edits of six letters', 'abcdef', 'abcdxy', true],
    ['three edits of six letters', 'abcdef', 'abcxyz', false],
    ['three edits of nine letters', 'abcdefghi', 'abcdefxyz', true],
    ['four edits of twelve letters', 'abcdefghijkl', 'abcdefghwxyz', false],
    ['three letters too many', 'abcdefghi', 'abcdef', true],
    ['three letters too few', 'abcdefghi', 'abcdefghijkl', true],
    ['four letters too few', 'abcdefghi', 'abcdefghijklm', false],
    ['a letter too few in front', 'bcdefghij', 'abcdefghij', true],
    ['a letter less in front and one more behind', 'abcdefghi', 'bcdefghix', true],
    ['two letters less in front and two more behind', 'abcdefghij', 'cdefghijxy', false],
    ['neighbours swapped in front', 'bacd', 'abcd', true],
    ['neighbours swapped behind', 'abdc', 'abcd', true],
    ['three pairs of neighbours swapped', 'badcfeghijkl', 'abcdefghijkl', true],
    ['four pairs of neighbours swapped', 'badcfehgijkl', 'abcdefghijkl', false],
    ['a letter that moved to the left', 'ab', 'bc', false],
    ['a letter that moved to the right', 'ab', 'ca', false],
    ['letters swapped over a third', 'abcd', 'cbad', false],
    ['nothing but capitals', 'PERMISSIONS', 'permissions', true],
    ['nothing but small letters', 'permissions', 'PERMISSIONS', true],
    ['one edit of the longest word that is compared', `${'x'.repeat(63)}y`, 'x'.repeat(64), true],
    ['no edit of a word that is longer', 'x'.repeat(65), 'x'.repeat(65), false],
  ])('%s', (_name, word, known, near) => {
    expect(nearest(word, [known])).toBe(near ? known : null);
  });

  it.each([
    ['the fewest edits win, wherever they stand', 'permision', ['permissions', 'permission', 'permits'], 'permission'],
    ['the first wins of those equally near', 'cat', ['bat', 'rat', 'hat'], 'bat'],
    ['other capitals are nearer than another letter', 'Cat', ['Bat', 'cat'], 'cat'],
    ['nothing is near where nothing is known', 'cat', [], null],
  ])('%s', (_name, word, known, meant) => {
    expect(nearest(word, known)).toBe(meant);
  });
});

it('asks whether the near word was meant', () => {
  expect(suggestion('licence', ['http', 'license'])).toBe('Did you mean "license"?');
});

it('says what there is when nothing is near, thirty words of it', () => {
  const many = Array.from({ length: 31 }, (_, index) => `word-${index}`);
  expect(suggestion('zzz', ['a', 'b'])).toBe('Known here: a, b.');
  expect(suggestion('zzz', many)).toBe(`Known here: ${many.slice(0, 30).join(', ')}.`);
  expect(suggestion('zzz', [])).toBe('Remove it.');
});
