// Random cron expressions that know by themselves which minutes they mean, and a slow way to the next one: minute by minute.
import type { Random } from '@kari/kernel';

export interface GeneratedCron {
  readonly cron: string;
  readonly timeZone: string;
  /** Near a change of the clock of that zone. */
  readonly after: number;
  /** Whether the wall clock shows such a time; the moment is the UTC one that shows the same. */
  means(shown: number): boolean;
  /** Comes at fixed times: once a day, whatever the clock does. */
  readonly fixed: boolean;
}

interface Field {
  readonly text: string;
  has(value: number): boolean;
}

interface DayField {
  readonly text: string;
  has(date: Date): boolean;
}

const MINUTE = 60_000;
const DAY = 86_400_000;
/** With the moments around which their clocks change. */
const ZONES: readonly (readonly [string, readonly string[]])[] = [
  ['UTC', ['2028-02-28T12:00:00Z', '2026-12-31T20:00:00Z']],
  ['Europe/Paris', ['2026-03-29T01:00:00Z', '2026-10-25T01:00:00Z']],
  ['America/New_York', ['2026-03-08T07:00:00Z', '2026-11-01T06:00:00Z']],
  ['Australia/Lord_Howe', ['2026-04-04T15:00:00Z', '2026-10-03T15:30:00Z']],
  ['America/Santiago', ['2026-04-05T03:00:00Z', '2026-09-06T04:00:00Z']],
  ['Antarctica/Troll', ['2026-03-29T01:00:00Z', '2026-10-25T01:00:00Z']],
  ['Asia/Kolkata', ['2026-02-28T18:30:00Z']],
  ['America/Nuuk', ['2026-03-29T01:00:00Z', '2026-10-25T01:00:00Z']],
];
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

export function generatedCron(random: Random): GeneratedCron {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random.next() * items.length)]!;
  const between = (low: number, high: number): number => low + Math.floor(random.next() * (high - low + 1));

  const list = (low: number, high: number, named: (value: number) => string = String): Field => {
    const values = new Set(Array.from({ length: between(1, 4) }, () => between(low, high)));
    return { text: [...values].map(named).join(','), has: (value) => values.has(value) };
  };
  const range = (low: number, high: number): Field => {
    const [from, step] = [between(low, high - 1), pick([1, 2, 7])];
    const to = between(from, high);
    const stepped = step === 1 || from === to ? 1 : step;
    const has = (value: number): boolean => value >= from && value <= to && (value - from) % stepped === 0;
    return { text: stepped === 1 ? `${from}-${to}` : `${from}-${to}/${stepped}`, has };
  };
  const every = (low: number, high: number): Field => {
    const step = pick([1, 2, 5, 15, 20].filter((one) => one <= high));
    return { text: step === 1 ? '*' : `*/${step}`, has: (value) => (value - low) % step === 0 };
  };
  const field = (low: number, high: number): Field => pick([list, range, every])(low, high);

  const lastOf = (date: Date): number => new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  const any: DayField = { text: '*', has: () => true };
  const dayOfMonth = (): DayField => {
    const kind = between(0, 4);
    if (kind === 0) return { text: 'L', has: (date) => date.getUTCDate() === lastOf(date) };
    if (kind === 1) {
      const wanted = between(1, 28);
      return { text: `${wanted}W`, has: (date) => date.getUTCDate() === nearestWeekday(date, wanted, lastOf(date)) };
    }
    const days = kind === 2 ? range(1, 31) : list(1, 31);
    return kind === 4 ? any : { text: days.text, has: (date) => days.has(date.getUTCDate()) };
  };
  const weekday = (): DayField => {
    const [kind, day] = [between(0, 4), between(0, 6)];
    if (kind === 0) {
      const nth = between(1, 5);
      return { text: `${day}#${nth}`, has: (date) => date.getUTCDay() === day && Math.ceil(date.getUTCDate() / 7) === nth };
    }
    if (kind === 1) return { text: `${day}L`, has: (date) => date.getUTCDay() === day && date.getUTCDate() + 7 > lastOf(date) };
    if (kind === 2) return { text: '7', has: (date) => date.getUTCDay() === 0 };
    const days = list(0, 6, (value) => WEEKDAYS[value]!);
    return kind === 3 ? { text: days.text, has: (date) => days.has(date.getUTCDay()) } : any;
  };

  const [minute, hour] = [field(0, 59), field(0, 23)];
  const month = random.next() < 0.6 ? every(1, 1) : list(1, 12, (value) => (random.next() < 0.5 ? String(value) : MONTHS[value - 1]!));
  const isMonth = month.text === '*' ? () => true : month.has;
  const [ofMonth, ofWeek] = [random.next() < 0.6 ? any : dayOfMonth(), random.next() < 0.6 ? any : weekday()];
  const isDay = (date: Date): boolean =>
    ofMonth === any || ofWeek === any ? ofMonth.has(date) && ofWeek.has(date) : ofMonth.has(date) || ofWeek.has(date);
  const [timeZone, changes] = pick(ZONES);
  return {
    cron: [minute.text, hour.text, ofMonth.text, month.text, ofWeek.text].join(' '),
    timeZone,
    after: Date.parse(pick(changes)) + between(-2 * 1440, 1440) * MINUTE,
    means: (shown) => {
      const date = new Date(shown);
      return hour.has(date.getUTCHours()) && minute.has(date.getUTCMinutes()) && isMonth(date.getUTCMonth() + 1) && isDay(date);
    },
    fixed: !minute.text.startsWith('*') && !hour.text.startsWith('*'),
  };
}

/** The day from Monday to Friday of the same month that lies nearest to one. */
function nearestWeekday(date: Date, wanted: number, last: number): number {
  const day = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), wanted)).getUTCDay();
  if (day === 6) return wanted > 1 ? wanted - 1 : wanted + 2;
  if (day === 0) return wanted < last ? wanted + 1 : wanted - 2;
  return wanted;
}

interface Offsets {
  readonly format: Intl.DateTimeFormat;
  readonly known: Map<number, number>;
}
const zones = new Map<string, Offsets>();

/** Asked of the host in another form than the code under test does, and kept: no clock changes within a quarter of an hour. */
function offsetOf(timeZone: string, moment: number): number {
  const zone = zones.get(timeZone) ?? { format: new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' }), known: new Map() };
  zones.set(timeZone, zone);
  const quarter = Math.floor(moment / (15 * MINUTE));
  const known = zone.known.get(quarter);
  if (known !== undefined) return known;
  const text = zone.format.format(quarter * 15 * MINUTE);
  const [, sign = '+', hours = '0', minutes = '0'] = /GMT(?:([+-])(\d\d):(\d\d))?$/.exec(text) ?? [];
  const offset = (Number(hours) * 60 + Number(minutes)) * MINUTE * (sign === '-' ? -1 : 1);
  zone.known.set(quarter, offset);
  return offset;
}

/** The first moment within so many days, by looking at every minute; null when there is none. */
export function nextByMinutes({ timeZone, after, means, fixed }: GeneratedCron, days: number): number | null {
  const shownAt = (moment: number): number => moment + offsetOf(timeZone, moment);
  for (let moment = Math.floor(after / MINUTE + 1) * MINUTE; moment <= after + days * DAY; moment += MINUTE) {
    const [shown, before] = [shownAt(moment), shownAt(moment - MINUTE)];
    // The second time round, where the clock was set back by half an hour, one or two.
    const again = (): boolean => [30, 60, 120].some((ago) => shownAt(moment - ago * MINUTE) === shown);
    if (means(shown) && !(fixed && again())) return moment;
    for (let lost = before + MINUTE; fixed && lost < shown; lost += MINUTE) if (means(lost)) return moment;
  }
  return null;
}
