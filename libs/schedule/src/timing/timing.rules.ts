// When a schedule starts something: the four clocks, what comes next, and what has fallen due. Moments are ISO 8601 in UTC with milliseconds, so
// that they compare as texts.
import { rejected } from '@kari/kernel';
import type { AskedTiming } from '../contract.js';
import { cronProblem, nextCron } from './cron.rules.js';

export type Timing =
  | { readonly kind: 'cron'; readonly cron: string; readonly timeZone: string }
  | { readonly kind: 'every'; readonly milliseconds: number }
  | { readonly kind: 'after'; readonly milliseconds: number }
  | { readonly kind: 'at'; readonly at: string };

const SHORTEST_MS = 1_000;
/** Ten years. */
const LONGEST_MS = 3_650 * 86_400_000;
/** Planned times looked at in one decision; what is more is dealt with in the next one. */
const MOST_AT_ONCE = 1_000;
/** Most planned times that a schedule may make up for. */
export const MOST_KEPT = MOST_AT_ONCE / 2;

/** Throws SCHEDULE_TIMING_INVALID with the reason. */
export function judgedTiming(asked: AskedTiming, now: string): Timing {
  const { cron = null, timeZone = null, every = null, after = null, at = null } = asked;
  const refuse = (reason: string): never => {
    throw rejected('SCHEDULE_TIMING_INVALID', { reason });
  };
  if ([cron, every, after, at].filter((clock) => clock !== null).length !== 1)
    return refuse('exactly one of cron, every, after and at is wanted');
  if (timeZone !== null && cron === null) return refuse('a time zone means something to cron alone');
  if (cron !== null) {
    const clock = { cron: cron.trim().replace(/\s+/g, ' '), timeZone: timeZone ?? 'UTC' };
    const problem = cronProblem(clock);
    return problem === null ? { kind: 'cron', ...clock } : refuse(problem);
  }
  if (at !== null) {
    const moment = Date.parse(at);
    if (Number.isNaN(moment)) return refuse('`at` is no moment in ISO 8601');
    if (moment <= Date.parse(now)) return refuse('`at` has passed');
    if (moment > Date.parse(now) + LONGEST_MS) return refuse('`at` is more than ten years away');
    return { kind: 'at', at: iso(moment) };
  }
  const milliseconds = every ?? after ?? 0;
  if (!(milliseconds >= SHORTEST_MS && milliseconds <= LONGEST_MS)) return refuse('an interval is one second to ten years');
  return { kind: every === null ? 'after' : 'every', milliseconds: Math.round(milliseconds) };
}

/** The first planned time behind a moment; null when none comes. `every` counts from its anchor, `after` from that moment. */
export function nextAfter(timing: Timing, anchor: string, moment: string): string | null {
  const from = Date.parse(moment);
  switch (timing.kind) {
    case 'cron': {
      const next = nextCron(timing, from);
      return next === null ? null : iso(next);
    }
    case 'every': {
      const start = Date.parse(anchor);
      return iso(start + Math.max(1, Math.floor((from - start) / timing.milliseconds) + 1) * timing.milliseconds);
    }
    case 'after':
      return iso(from + timing.milliseconds);
    case 'at':
      return timing.at > moment ? timing.at : null;
  }
}

/** The next ones, oldest first; what `after` plans beyond the first depends on how long the work takes. */
export function nextTimes(timing: Timing, anchor: string, next: string | null, count: number): readonly string[] {
  const times: string[] = [];
  for (let moment = next; moment !== null && times.length < count; moment = nextAfter(timing, anchor, moment)) {
    times.push(moment);
    if (timing.kind === 'after') break;
  }
  return times;
}

export interface DueTimes {
  /** Those that are let go because newer ones have fallen due as well. */
  readonly dropped: { readonly count: number; readonly from: string; readonly to: string } | null;
  /** The newest, oldest first. */
  readonly kept: readonly string[];
}

/**
 * Planned times behind the cursor, up to now: the newest `keep` of them (1 to MOST_KEPT), and what was let go before them. Where more are due than
 * one decision looks at, only the first part is let go, and the rest is still due.
 */
export function dueTimes(timing: Timing, anchor: string, cursor: string, now: string, keep: number): DueTimes {
  if (timing.kind === 'every') return dueIntervals(timing.milliseconds, Date.parse(anchor), Date.parse(cursor), Date.parse(now), keep);
  if (timing.kind !== 'cron') {
    const next = nextAfter(timing, anchor, cursor);
    return { dropped: null, kept: next !== null && next <= now ? [next] : [] };
  }
  const due: string[] = [];
  const until = Date.parse(now);
  for (let moment = nextCron(timing, Date.parse(cursor)); moment !== null && moment <= until; moment = nextCron(timing, moment)) {
    if (due.length === MOST_AT_ONCE) return { dropped: span(due.slice(0, MOST_KEPT)), kept: [] };
    due.push(iso(moment));
  }
  return { dropped: span(due.slice(0, -keep)), kept: due.slice(-keep) };
}

function dueIntervals(length: number, anchor: number, cursor: number, now: number, keep: number): DueTimes {
  const first = Math.max(1, Math.floor((cursor - anchor) / length) + 1);
  const last = Math.floor((now - anchor) / length);
  const start = Math.max(first, last - keep + 1);
  const at = (index: number): string => iso(anchor + index * length);
  return {
    dropped: start > first ? { count: start - first, from: at(first), to: at(start - 1) } : null,
    kept: Array.from({ length: Math.max(0, last - start + 1) }, (_, index) => at(start + index)),
  };
}

function span(times: readonly string[]): DueTimes['dropped'] {
  const [from] = times;
  return from === undefined ? null : { count: times.length, from, to: times.at(-1) ?? from };
}

export function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
