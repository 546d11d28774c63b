// ISO 8601 durations. Years to days follow the calendar of a zone, hours and less are exact lengths of time.
import { instantOf, offsetAt } from './zoned-time.js';

export interface Duration {
  readonly months: number;
  readonly days: number;
  readonly milliseconds: number;
}

/** Null when the text is no duration. */
export function parseDuration(text: string): Duration | null {
  const weeks = /^P(\d+)W$/.exec(text);
  if (weeks !== null) return { months: 0, days: 7 * Number(weeks[1]), milliseconds: 0 };
  const parts = /^P(?=.)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/.exec(text);
  if (parts === null) return null;
  const [years, months, days, hours, minutes, seconds] = parts.slice(1).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return { months: years * 12 + months, days, milliseconds: Math.round((hours * 3_600 + minutes * 60 + seconds) * 1_000) };
}

export function isEmpty({ months, days, milliseconds }: Duration): boolean {
  return months === 0 && days === 0 && milliseconds === 0;
}

/** `times` durations later (or earlier, when negative). The last day of a shorter month stands in for one it lacks. */
export function shifted(epochMs: number, { months, days, milliseconds }: Duration, times: number, zone: string): number {
  if (months === 0 && days === 0) return epochMs + milliseconds * times;
  const wall = new Date(epochMs + offsetAt(epochMs, zone) * 60_000);
  const wanted = wall.getUTCDate();
  const first = Date.UTC(wall.getUTCFullYear(), wall.getUTCMonth() + months * times, 1);
  const day = Math.min(wanted, daysOfMonth(new Date(first)));
  const timeOfDay = wall.getTime() - Date.UTC(wall.getUTCFullYear(), wall.getUTCMonth(), wanted);
  return instantOf(first + (day - 1 + days * times) * 86_400_000 + timeOfDay, zone) + milliseconds * times;
}

function daysOfMonth(date: Date): number {
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
}
