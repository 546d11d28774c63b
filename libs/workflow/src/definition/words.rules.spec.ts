import { expect, it } from '@jest/globals';
import { suggestionFor } from './words.rules.js';

it.each([
  ['digset', ['digest', 'notify'], 'Did you mean "digest"?'],
  ['digests', ['digest', 'notify'], 'Did you mean "digest"?'],
  ['Notify', ['digest', 'notify'], 'Did you mean "notify"?'],
  ['x', [], 'Remove it.'],
  ['sort', ['digest', 'notify'], 'Known here: digest, notify.'],
])('for %s', (word, known, words) => {
  expect(suggestionFor(word, known)).toBe(words);
});
