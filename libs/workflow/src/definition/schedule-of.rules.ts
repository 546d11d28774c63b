// The part of a document that starts runs by the clock, as the scheduler takes it.
import type { AttachedSchedule } from '@kari/schedule/contract';
import type { WorkflowDocument } from './document.js';
import { millisecondsOf } from './timing.rules.js';

/** Null when no clock starts it. */
export function scheduleOf({ schedule, document }: WorkflowDocument): Pick<AttachedSchedule, 'timing' | 'overlap' | 'missed'> | null {
  const { cron = null, every, after } = schedule ?? {};
  if (cron === null && every === undefined && after === undefined) return null;
  const { timeZone = null, overlap = 'skip', missed = 'one' } = document.metadata?.kari ?? {};
  const timing = {
    cron,
    timeZone: cron === null ? null : timeZone,
    every: every === undefined ? null : millisecondsOf(every),
    after: after === undefined ? null : millisecondsOf(after),
  };
  return { timing, overlap, missed };
}
