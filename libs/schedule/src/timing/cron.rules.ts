// Cron arithmetic over five fields in a time zone. `croner` knows the calendar; what is promised about it stands in the specs beside this file.
import { Cron } from 'croner';

/** From a fixed moment: whether there is a next time does not depend on when one asks. */
const FROM = '2024-01-01T00:00:00Z';
const LONGEST = 128;

export interface CronClock {
  readonly cron: string;
  /** IANA name. */
  readonly timeZone: string;
}

/** The first moment behind that one, in milliseconds since the epoch; null when there is none. */
export function nextCron(clock: CronClock, after: number): number | null {
  return timesOf(clock)(after);
}

/** The same with the expression read once, for many questions. */
export function timesOf({ cron, timeZone }: CronClock): (after: number) => number | null {
  const parsed = new Cron(cron, { timezone: timeZone, paused: true, mode: '5-part' });
  return (after) => parsed.nextRun(new Date(after))?.getTime() ?? null;
}

/** What is wrong with it, in words; null when it will come. */
export function cronProblem({ cron, timeZone }: CronClock): string | null {
  if (cron.length > LONGEST) return `the cron expression is longer than ${LONGEST} characters`;
  if (cron.trim().split(/\s+/).length !== 5) return 'the cron expression has not five fields: minute, hour, day, month, weekday';
  if (!isTimeZone(timeZone)) return `"${timeZone.slice(0, 64)}" is no IANA time zone`;
  try {
    return nextCron({ cron, timeZone }, Date.parse(FROM)) === null ? 'the cron expression never comes' : null;
  } catch (error) {
    return `the cron expression is wrong: ${(error as Error).message.replace(/^CronPattern: /, '').slice(0, 200)}`;
  }
}

function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return zone !== '';
  } catch {
    return false;
  }
}
