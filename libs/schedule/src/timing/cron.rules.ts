// Cron over five fields in a time zone. `croner` reads the expressions; the calendar is walked here, because its own search loses planned times
// (`1,15,31` the first of March, a gap around midnight the whole job). Two rules for a clock that is moved, as Vixie cron has them: a job at fixed times
// comes once, in a gap at its end and the first time round in an overlap; one with `*` in minutes or hours comes whenever the clock shows such a time.
import { Cron } from 'croner';

const LONGEST = 128;
const MINUTE = 60_000;
const DAY = 86_400_000;
/** The 29th of February on one weekday may be 40 years away. */
const LONGEST_WAIT_DAYS = 41 * 366;
/** 2024-01-01, a leap year: whether there is a next time does not depend on when one asks. */
const FROM = 1_704_067_200_000;
const MOST_REMEMBERED = 500;

export interface CronClock {
  readonly cron: string;
  /** IANA name. */
  readonly timeZone: string;
}

/** The first moment behind that one, in milliseconds since the epoch; null when there is none within 41 years. */
export function nextCron(clock: CronClock, after: number): number | null {
  const key = `${clock.timeZone} ${clock.cron}`;
  const known = remembered.get(key) ?? timesOf(clock);
  remembered.delete(key);
  remembered.set(key, known);
  if (remembered.size > MOST_REMEMBERED) remembered.delete(remembered.keys().next().value ?? key);
  return known(after);
}

/** What expressions were read as: reading one costs more than asking it. */
const remembered = new Map<string, (after: number) => number | null>();

/** What is wrong with it, in words; null when it will come. */
export function cronProblem({ cron, timeZone }: CronClock): string | null {
  if (cron.length > LONGEST) return `the cron expression is longer than ${LONGEST} characters`;
  if (cron.trim().split(/\s+/).length !== 5) return 'the cron expression has not five fields: minute, hour, day, month, weekday';
  if (!isTimeZone(timeZone)) return `"${timeZone.slice(0, 64)}" is no IANA time zone`;
  try {
    return timesOf({ cron, timeZone })(FROM) === null ? 'the cron expression never comes' : null;
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

/** Days count from the epoch; a moment of the wall clock is written as the UTC moment that shows the same. */
function timesOf({ cron, timeZone }: CronClock): (after: number) => number | null {
  const { minutes, months, isDay, everyTime } = patternOf(cron);
  const offsetAt = offsetsOf(timeZone);
  const movedDays = new Map<number, readonly number[]>();

  const firstOn = (day: number, after: number): number | null => {
    const [before, behind] = [offsetAt(day * DAY - DAY), offsetAt(day * DAY + 2 * DAY)];
    if (before === behind) {
      const minute = minutes.find((one) => day * DAY + one * MINUTE - before > after);
      return minute === undefined ? null : day * DAY + minute * MINUTE - before;
    }
    const moments = movedDays.get(day) ?? momentsOfMovedDay(day, before, behind);
    movedDays.set(day, moments);
    return moments.find((moment) => moment > after) ?? null;
  };

  const momentsOfMovedDay = (day: number, before: number, behind: number): readonly number[] => {
    const moments = new Set<number>();
    for (const minute of minutes) {
      const shown = day * DAY + minute * MINUTE;
      const real = [shown - before, shown - behind].filter((moment) => offsetAt(moment) === shown - moment).sort((a, b) => a - b);
      if (everyTime) for (const moment of real) moments.add(moment);
      else moments.add(real[0] ?? changeAfter(day * DAY - DAY, day * DAY + 2 * DAY, offsetAt));
    }
    return [...moments].sort((a, b) => a - b);
  };

  return (after) => {
    const today = Math.floor((after + offsetAt(after)) / DAY);
    let found: number | null = null;
    // From the day before: a clock that is set back over midnight shows it again.
    for (let day = today - 1; day <= today + LONGEST_WAIT_DAYS; day += 1) {
      const date = new Date(day * DAY);
      if (found === null && !months[date.getUTCMonth()]) {
        day = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1) / DAY - 1;
        continue;
      }
      const first = isDay(date) ? firstOn(day, after) : null;
      // For the same reason the day behind the first match may begin before it.
      if (found !== null) return first === null ? found : Math.min(found, first);
      found = first;
    }
    return found;
  };
}

/** The moment at which the offset changes between two. */
function changeAfter(from: number, to: number, offsetAt: (moment: number) => number): number {
  const before = offsetAt(from);
  let [low, high] = [from, to];
  while (high - low > 1_000) {
    const middle = Math.floor((low + high) / 2_000) * 1_000;
    if (offsetAt(middle) === before) low = middle;
    else high = middle;
  }
  return high;
}

function patternOf(cron: string) {
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = cron.trim().split(/\s+/);
  const reading = (text: string) => {
    const read = new Cron(text, { timezone: 'UTC', paused: true, mode: '5-part' });
    return (moment: Date) => read.match(moment);
  };
  const isMinute = reading(`${minute} * * * *`);
  const isHour = reading(`0 ${hour} * * *`);
  const isMonth = reading(`0 0 * ${month} *`);
  const hours = numbers(24).filter((number) => isHour(new Date(number * 60 * MINUTE)));
  const ofHour = numbers(60).filter((number) => isMinute(new Date(number * MINUTE)));
  return {
    /** Of the day, in order. */
    minutes: hours.flatMap((number) => ofHour.map((one) => number * 60 + one)),
    months: numbers(12).map((number) => isMonth(new Date(Date.UTC(2024, number)))),
    isDay: reading(`0 0 ${day} ${month} ${weekday}`),
    everyTime: /^[*?]/.test(minute) || /^[*?]/.test(hour),
  };
}

function numbers(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** Milliseconds that the wall clock of a zone is ahead of UTC at a moment. */
function offsetsOf(timeZone: string): (moment: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (moment) => {
    const second = Math.floor(moment / 1_000) * 1_000;
    const [month = 1, day = 1, year = 1970, hour = 0, minute = 0, seconds = 0] = format.format(second).match(/\d+/g)?.map(Number) ?? [];
    return Date.UTC(year, month - 1, day, hour, minute, seconds) - second;
  };
}
