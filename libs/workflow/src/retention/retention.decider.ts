// Decides how long a tenant keeps the histories of its runs.
import type { Command, Decider } from '@kari/kernel';
import { z } from 'zod';
import { retentionDays, type RetentionEvent } from './retention.events.js';

export const setRunRetention = z.strictObject({ days: retentionDays });

export interface RetentionState {
  /** Null: for ever, as long as nobody has said otherwise. */
  readonly days: number | null;
}

export const retentionDecider: Decider<Command<'SetRunRetention', z.infer<typeof setRunRetention>>, RetentionEvent, RetentionState> = {
  decide({ data: { days } }, state) {
    return days === state.days ? [] : [{ type: 'RetentionOfRunsSet', data: { days } }];
  },
  evolve: (_state, { data: { days } }) => ({ days }),
  initialState: { days: null },
};
