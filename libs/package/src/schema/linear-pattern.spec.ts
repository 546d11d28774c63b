import { expect, it } from '@jest/globals';
import { linearPattern } from './linear-pattern.js';

const compiled = (source: string) => {
  const outcome = linearPattern(source);
  if ('problem' in outcome) throw new Error(outcome.problem);
  return outcome.pattern;
};

it.each([
  ['^[a-z]+$', ['abc'], ['abc\n', 'ABC', '']],
  ['^\\u00e9\\u{1F600}$', ['é😀'], ['e']],
  ['^(?:[(?=]x)$', ['(x', '=x'], ['x']],
  ['\\\\(?:a)', ['\\a'], ['a']],
  ['^\\p{L}+$', ['Grün', '日本'], ['a1']],
  ['^.$', ['😀'], ['\n', 'ab']],
])('%s means the same as in ECMA-262', (source, yes, no) => {
  for (const text of yes) expect([text, compiled(source).test(text), new RegExp(source, 'u').test(text)]).toEqual([text, true, true]);
  for (const text of no) expect([text, compiled(source).test(text), new RegExp(source, 'u').test(text)]).toEqual([text, false, false]);
});

it.each(['(?=a)', '(?!a)', '(?<=a)', '(?<!a)', '(a)\\1', '(?<n>a)\\k<n>', '(?i)a', '\\Qa', '[', 'a{1001}', 'x'.repeat(513)])(
  '%s is refused with a reason',
  (source) => {
    expect(linearPattern(source)).toEqual({ problem: expect.stringMatching(/./) });
  },
);
