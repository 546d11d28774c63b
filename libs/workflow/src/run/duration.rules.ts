// How long a duration of the DSL is, in milliseconds.
import type { Duration } from '../definition/document.js';

const PARTS = { days: 86_400_000, hours: 3_600_000, minutes: 60_000, seconds: 1000, milliseconds: 1 } as const;
const ISO = /^P(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

/** Ten years: what is longer is a mistake. */
const LONGEST_MS = 3650 * PARTS.days;

/** Null for what is no duration; months and years have no length of their own and are none. */
export function millisecondsOf(duration: Duration): number | null {
  const length = typeof duration === 'string' ? ofText(duration) : ofParts(duration);
  return length === null || !Number.isFinite(length) || length < 0 || length > LONGEST_MS ? null : Math.ceil(length);
}

function ofParts(parts: Exclude<Duration, string>): number | null {
  let sum = 0;
  for (const [name, value] of Object.entries(parts)) {
    const unit = PARTS[name as keyof typeof PARTS];
    if (unit === undefined || typeof value !== 'number') return null;
    sum += unit * value;
  }
  return sum;
}

function ofText(text: string): number | null {
  const match = ISO.exec(text);
  if (match === null || text.endsWith('P') || text.endsWith('T')) return null;
  const [, weeks, days, hours, minutes, seconds] = match.map((part) => Number(part ?? 0));
  return weeks! * 7 * PARTS.days + days! * PARTS.days + hours! * PARTS.hours + minutes! * PARTS.minutes + seconds! * PARTS.seconds;
}
