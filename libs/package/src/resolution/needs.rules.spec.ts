import { expect, it } from '@jest/globals';
import { contract, pack } from '../testing/universes.js';
import { contractOf, isProvider, needsOf } from './needs.rules.js';

it('what is needed has a range, and may be optional', () => {
  expect(needsOf({ 'acme.core': '^1.0.0', 'acme.more': { range: '*', optional: true } })).toEqual([
    { id: 'acme.core', range: '^1.0.0', optional: false },
    { id: 'acme.more', range: '*', optional: true },
  ]);
  expect(needsOf(undefined)).toEqual([]);
});

it('a plugin is provided under its intent by anyone, or by the one that is named', () => {
  const clock = pack('acme.clock', '1.0.0', { plugins: { 'time.now': contract('1.2.0') } });
  expect(
    ['time.now', 'acme.clock/time.now', 'acme.other/time.now', 'time.then', 'constructor'].map((plugin) => contractOf(clock, plugin)),
  ).toEqual(['1.2.0', '1.2.0', null, null, null]);
  expect([isProvider(clock, 'time.now', '^1.0.0'), isProvider(clock, 'time.now', '^2.0.0')]).toEqual([true, false]);
});
