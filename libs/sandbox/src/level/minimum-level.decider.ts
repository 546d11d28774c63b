// Decides the lowest isolation level of each class of trust. Lowering is allowed to a platform operator, and stays visible for as long as it holds.
import type { Decider } from '@kari/kernel';
import { defaultMinimumLevels, isLower, trustClasses, type MinimumLevels } from './level.rules.js';
import type { SetMinimumLevel } from './minimum-level.commands.js';
import type { MinimumLevelSet } from './minimum-level.events.js';

export const minimumLevelDecider: Decider<SetMinimumLevel, MinimumLevelSet, MinimumLevels> = {
  decide({ data: { trust, level } }, state) {
    const previous = state[trust];
    if (previous === level) return [];
    return [{ type: 'MinimumLevelSet', data: { trust, level, previous, lowered: isLower(level, previous) } }];
  },
  evolve: (state, { data }) => ({ ...state, [data.trust]: data.level }),
  initialState: defaultMinimumLevels,
};

/** A sentence for each class that may run below what this release ships with. */
export function levelWarnings(minimums: MinimumLevels): readonly string[] {
  return trustClasses
    .filter((trust) => isLower(minimums[trust], defaultMinimumLevels[trust]))
    .map((trust) => `${trust} code may run at ${minimums[trust]}; the shipped minimum is ${defaultMinimumLevels[trust]}`);
}
