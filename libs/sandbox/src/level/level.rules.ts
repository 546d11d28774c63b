// The isolation levels, their order, and which one each class of trust needs at least.
import type { TrustClass } from '@kari/extension/contract';

export const levels = ['L1', 'L1+cage', 'L2'] as const;
export type Level = (typeof levels)[number];

export const trustClasses = ['firstParty', 'development', 'thirdParty'] as const satisfies readonly TrustClass[];

export type MinimumLevels = Readonly<Record<TrustClass, Level>>;

export const defaultMinimumLevels: MinimumLevels = { firstParty: 'L1', development: 'L1', thirdParty: 'L2' };

/** Whether a process at `reached` may run what asks for `needed`; no level at all never may. */
export function suffices(reached: Level | null, needed: Level): boolean {
  return reached !== null && levels.indexOf(reached) >= levels.indexOf(needed);
}

export function isLower(level: Level, than: Level): boolean {
  return levels.indexOf(level) < levels.indexOf(than);
}
