// Calendar and wall clocks of time zones, by the tables of Intl alone.

export interface ZonedTime {
  readonly at: string;
  readonly epochMs: number;
  readonly zone: string;
  readonly local: string;
  readonly date: string;
  readonly time: string;
  readonly weekday: 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday';
  readonly offsetMinutes: number;
}

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;

export function zonedTime(epochMs: number, zone: string): ZonedTime {
  const offsetMinutes = offsetAt(epochMs, zone);
  const wall = new Date(epochMs + offsetMinutes * 60_000);
  const iso = wall.toISOString();
  return {
    at: new Date(epochMs).toISOString(),
    epochMs,
    zone,
    local: `${iso.slice(0, 19)}${offsetText(offsetMinutes)}`,
    date: iso.slice(0, 10),
    time: iso.slice(11, 19),
    weekday: WEEKDAYS[wall.getUTCDay()]!,
    offsetMinutes,
  };
}

/** Milliseconds of a wall-clock time. A time that a change of the clock skips moves forward; one that comes twice is the first. */
export function instantOf(wallMs: number, zone: string): number {
  const guesses = [...new Set([wallMs - 86_400_000, wallMs + 86_400_000].map((near) => wallMs - offsetAt(near, zone) * 60_000))].sort(
    (a, b) => a - b,
  );
  const fitting = guesses.find((guess) => guess + offsetAt(guess, zone) * 60_000 === wallMs);
  return fitting ?? guesses.at(-1)!;
}

/** Minutes ahead of UTC at an instant. Offsets with seconds (before 1972) are cut to minutes. */
export function offsetAt(epochMs: number, zone: string): number {
  const parts = Object.fromEntries(
    formatter(zone)
      .formatToParts(epochMs)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year, month, day, hour, minute, second } = parts as Record<'year' | 'month' | 'day' | 'hour' | 'minute' | 'second', number>;
  const wall = Date.UTC(year, month - 1, day, hour % 24, minute, second);
  return Math.trunc((wall - Math.floor(epochMs / 1000) * 1000) / 60_000);
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-US-u-ca-iso8601-nu-latn', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formatters.set(zone, made);
  return made;
}

function offsetText(minutes: number): string {
  const size = Math.abs(minutes);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}
