// `schedule.on` of a document: the events that start a run of it, one run for each.
import type { EventFilter, WorkflowDocument } from '../definition/document.js';

/** None where no event starts it. */
export function startingFilters({ schedule }: WorkflowDocument): readonly EventFilter[] {
  const on = schedule?.on;
  if (on === undefined || unsupportedSchedule(schedule) !== null) return [];
  if ('one' in on) return [on.one];
  if (!('any' in on)) return [];
  return on.any.length === 0 ? [{ with: {} }] : on.any;
}

/** A start that waits for several events is not done. */
export function unsupportedSchedule(schedule: WorkflowDocument['schedule']): string | null {
  const on = schedule?.on;
  if (on === undefined) return null;
  if ('all' in on) return 'schedule.on: all';
  return 'any' in on && on.until !== undefined ? 'schedule.on: until' : null;
}
