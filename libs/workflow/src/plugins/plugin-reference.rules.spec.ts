import { describe, expect, it } from '@jest/globals';
import { Rejection } from '@kari/kernel';
import { parseReference } from './plugin-reference.rules.js';

describe("a plugin's name", () => {
  it.each([
    ['time.now', null, 'time.now', null],
    ['time.now@1', null, 'time.now', '1'],
    ['kari.core/time.now', 'kari.core', 'time.now', null],
    ['kari.core/time.now@^1.2', 'kari.core', 'time.now', '^1.2'],
    ['slack.post_message@>=1 <3', null, 'slack.post_message', '>=1 <3'],
  ])('is read: %s', (text, extension, intent, range) => {
    expect(parseReference(text)).toEqual({ text, extension, intent, range });
  });

  it.each([
    '',
    'time',
    'Time.now',
    'time.',
    '.now',
    'time.now@',
    'time.now@foo',
    'core/time.now',
    'a.b/c.d/e.f',
    'kari.core/',
    '/time.now',
    'time now',
    'time.now@1@2',
    'a.b'.padEnd(400, 'c'),
    '__proto__.x',
  ])('is refused: %j', (text) => {
    expect(() => parseReference(text)).toThrow(Rejection);
  });
});
