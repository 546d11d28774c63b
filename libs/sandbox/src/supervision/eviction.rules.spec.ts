import { expect, it } from '@jest/globals';
import { idleLimitMs, isForgotten, leaver, type Occupant } from './eviction.rules.js';

const occupant = (extension: string, idleMilliseconds: number | null): Occupant => ({ tenant: 'a', extension, idleMilliseconds });

it('forgets who was unused for five minutes, never who works', () => {
  expect([idleLimitMs, idleLimitMs - 1, null].map((idle) => isForgotten(occupant('x', idle)))).toEqual([true, false, false]);
});

it('asks the longest unused to leave, only when full', () => {
  const running = [occupant('busy', null), occupant('new', 10), occupant('old', 5000)];
  expect(leaver(running, 4)).toBeNull();
  expect(leaver(running, 3)).toEqual(occupant('old', 5000));
  expect(leaver([occupant('busy', null)], 1)).toBe('full');
});
