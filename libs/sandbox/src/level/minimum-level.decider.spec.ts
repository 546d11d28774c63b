import { describe, expect, it } from '@jest/globals';
import { specify } from '@kari/kernel/testing';
import { defaultMinimumLevels } from './level.rules.js';
import type { SetMinimumLevel } from './minimum-level.commands.js';
import { levelWarnings, minimumLevelDecider } from './minimum-level.decider.js';
import type { MinimumLevelSet } from './minimum-level.events.js';

const { given } = specify(minimumLevelDecider);
const lower: SetMinimumLevel = { type: 'SetMinimumLevel', data: { trust: 'thirdParty', level: 'L1' } };
const lowered: MinimumLevelSet = { type: 'MinimumLevelSet', data: { trust: 'thirdParty', level: 'L1', previous: 'L2', lowered: true } };

describe('the minimum level of a class of trust', () => {
  it('can be lowered, and the log says that it was', () => given([]).when(lower).then([lowered]));

  it('can be set to what it is without a trace', () => given([lowered]).when(lower).thenNothing());

  it('can be raised again', () =>
    given([lowered])
      .when({ type: 'SetMinimumLevel', data: { trust: 'thirdParty', level: 'L2' } })
      .then([{ type: 'MinimumLevelSet', data: { trust: 'thirdParty', level: 'L2', previous: 'L1', lowered: false } }]));

  it('concerns that class alone', () => given([lowered]).thenState({ ...defaultMinimumLevels, thirdParty: 'L1' }));

  it('warns for as long as it lies below what was shipped', () => {
    expect(levelWarnings(defaultMinimumLevels)).toEqual([]);
    expect(levelWarnings({ ...defaultMinimumLevels, thirdParty: 'L1+cage' })).toEqual([
      'thirdParty code may run at L1+cage; the shipped minimum is L2',
    ]);
    expect(levelWarnings({ ...defaultMinimumLevels, firstParty: 'L2' })).toEqual([]);
  });
});
