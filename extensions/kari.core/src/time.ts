// time.now, time.convert, time.range, time.shift.
import { KariError, PluginError, definePlugin } from '@kari/sdk';
import { isEmpty, parseDuration, shifted, type Duration } from './duration.js';
import type { CoreTypes } from './extension.types.js';
import { zonedTime } from './zoned-time.js';

export const now = definePlugin<CoreTypes, 'time.now'>(({ zone = 'UTC' }) => zonedTime(Date.now(), zone));

export const convert = definePlugin<CoreTypes, 'time.convert'>(({ at, zone = 'UTC' }) => zonedTime(instant(at), zone));

export const shift = definePlugin<CoreTypes, 'time.shift'>(({ at, by, back = false, zone = 'UTC' }) =>
  zonedTime(moved(instant(at), duration(by), back ? -1 : 1, zone), zone),
);

export const range = definePlugin<CoreTypes, 'time.range'>(({ from, to, step, zone = 'UTC', limit = 1_000 }) => {
  const distance = duration(step);
  if (isEmpty(distance)) throw new PluginError('STEP_EMPTY', `The step ${step} has no length.`);
  const [start, end] = [instant(from), instant(to)];
  const instants: string[] = [];
  // Each is counted from the start: the 31st of January plus two months is the 31st of March, not the 28th.
  for (let count = 0; ; count++) {
    const next = moved(start, distance, count, zone);
    if (!(next < end)) return { instants, complete: true };
    if (instants.length >= limit) return { instants, complete: false };
    instants.push(new Date(next).toISOString());
  }
});

function instant(text: string): number {
  const epochMs = Date.parse(text);
  if (Number.isNaN(epochMs)) throw outside();
  return epochMs;
}

function duration(text: string): Duration {
  const parsed = parseDuration(text);
  if (parsed === null) throw new KariError('INVALID', `${text} is not an ISO 8601 duration.`);
  return parsed;
}

/** The calendar of computers ends in the year 275760: beyond it, Date and Intl throw or answer NaN. */
function moved(epochMs: number, by: Duration, times: number, zone: string): number {
  try {
    const result = shifted(epochMs, by, times, zone);
    if (!Number.isNaN(new Date(result).getTime())) return result;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  throw outside();
}

function outside(): KariError {
  return new KariError('INVALID', 'The time lies outside the calendar.');
}
