import { expect, it } from '@jest/globals';
import { declaredReference } from './plugin-dependency.rules.js';
import { parseReference } from './plugin-reference.rules.js';

const of = (dependencies: Parameters<typeof declaredReference>[0], text: string) => declaredReference(dependencies, parseReference(text));

it('takes range and provider from the one dependency that is meant', () => {
  expect(of({ 'time.now': '^1.2' }, 'time.now')).toBe('time.now@^1.2');
  expect(of({ 'kari.core/time.now': { range: '^1', optional: true } }, 'time.now')).toBe('kari.core/time.now@^1');
  expect(of({ 'time.now': '^1.2' }, 'kari.core/time.now')).toBe('kari.core/time.now@^1.2');
  expect(of({ 'time.now': '^1.2' }, 'time.now@2')).toBe('time.now@2');
});

it('leaves alone what no dependency, or more than one, speaks of', () => {
  expect(of(undefined, 'time.now')).toBe('time.now');
  expect(of({ 'time.then': '1' }, 'time.now@1')).toBe('time.now@1');
  expect(of({ 'a.one/time.now': '1', 'b.two/time.now': '1' }, 'time.now')).toBe('time.now');
  expect(of({ 'a.one/time.now': '1' }, 'b.two/time.now')).toBe('b.two/time.now');
});
