import { expect, it } from '@jest/globals';
import { defaultMinimumLevels, isLower, suffices } from './level.rules.js';

it('orders L1 < L1+cage < L2, and nothing proven below all', () => {
  expect([suffices('L2', 'L2'), suffices('L1+cage', 'L2'), suffices('L1', 'L1'), suffices('L2', 'L1'), suffices(null, 'L1')]).toEqual([
    true,
    false,
    true,
    true,
    false,
  ]);
  expect([isLower('L1', 'L2'), isLower('L2', 'L2')]).toEqual([true, false]);
});

it('asks the highest level for code of third parties', () => {
  expect(defaultMinimumLevels).toEqual({ firstParty: 'L1', development: 'L1', thirdParty: 'L2' });
});
