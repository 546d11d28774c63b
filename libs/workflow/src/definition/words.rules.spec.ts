import { expect, it } from '@jest/globals';
import { suggestionFor } from './words.rules.js';

it.each([
  ['digset', ['digest', 'notify'], 'Known here: digest, notify.'],
  ['digests', ['digest', 'notify'], 'Did you mean "digest"?'],
  ['Notify', ['digest', 'notify'], 'Did you mean "notify"?'],
  ['x', [], 'Remove it.'],
])('for %s', (word, known, words) => {
  expect(suggestionFor(word, known)).toBe(words);
});
