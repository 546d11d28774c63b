// What one task that listens has heard so far, which of it counts, and whether it may hear more.
import { canonicalJson, own } from '@kari/kernel';
import type { RunEventOf } from './run.events.js';

type Awaited = RunEventOf<'EventAwaited'>['data'];

interface Heard {
  readonly filter: number;
  readonly event: Readonly<Record<string, unknown>>;
}

export interface Listening extends Pick<Awaited, 'mode' | 'read' | 'filters' | 'until' | 'repeats'> {
  /** As it came. */
  readonly received: readonly Heard[];
  readonly correlation: Readonly<Record<string, unknown>>;
  /** Events after which `until` was asked for, and whether it held after the last of them. */
  readonly weighed: number;
  readonly enough: boolean;
  /** Its run has failed: it hears nothing until that is retried, and then goes on with what it has. */
  readonly closed: boolean;
}

/** What one task hears at most: a listening without an end is a mistake. */
export const MOST_HEARD = 1_000;

/** `before`: what it had heard when its run failed. */
export function begunListening({ mode, read, filters, until, repeats }: Awaited, before: Listening | null = null): Listening {
  const more = { ...(until === undefined ? {} : { until }), ...(repeats === undefined ? {} : { repeats }) };
  const { received, correlation, weighed, enough } = before ?? NOTHING;
  return { mode, read, filters, ...more, received, correlation, weighed, enough, closed: false };
}

const NOTHING = { received: [], correlation: {}, weighed: 0, enough: false } as const;

export function havingHeard(listening: Listening, { filter, event, correlation }: RunEventOf<'EventReceived'>['data']): Listening {
  return {
    ...listening,
    received: [...listening.received, { filter, event }],
    correlation: { ...listening.correlation, ...correlation },
  };
}

/** The events that the task takes, and whether it waits for no more. `until` of other events takes none of those. */
export function takenBy(listening: Listening): { readonly events: readonly Heard['event'][]; readonly enough: boolean } {
  const { mode, filters, received, until, repeats, weighed, enough } = listening;
  const own = received.filter(({ filter }) => filter < filters.length);
  if (mode === 'all') {
    if (own.length < filters.length) return { events: [], enough: false };
    return { events: [...own].sort((a, b) => a.filter - b.filter).map(({ event }) => event), enough: true };
  }
  if (until !== undefined) return { events: own.map(({ event }) => event), enough: ended(listening) };
  if (repeats === true) return { events: own.slice(0, weighed).map(({ event }) => event), enough };
  return { events: own.slice(0, 1).map(({ event }) => event), enough: own.length > 0 };
}

/** Whether what ends the listening has come. */
function ended({ filters, until, received }: Listening): boolean {
  if (until === undefined) return false;
  const ends = new Set(received.filter(({ filter }) => filter >= filters.length).map(({ filter }) => filter));
  return until.mode === 'all' ? ends.size === until.filters.length : ends.size > 0;
}

/** Whether an event that passed that filter is taken: each once, none after the end, and none that belongs to something else. */
export function mayHear(
  listening: Listening,
  { filter, event, correlation }: { readonly filter: number; readonly event: Heard['event']; readonly correlation: Heard['event'] },
): boolean {
  const { mode, filters, until, repeats, received, enough, closed } = listening;
  if (closed || filter >= filters.length + (until?.filters.length ?? 0)) return false;
  if (received.some(({ event: known }) => known['id'] === event['id'] && known['source'] === event['source'])) return false;
  if (enough || ended(listening) || received.length >= MOST_HEARD) return false;
  // Two events may have been weighed at once; the first one settles what the others must match.
  for (const [name, value] of Object.entries(correlation)) {
    const known = own(listening.correlation, name);
    if (known !== undefined && canonicalJson(known) !== canonicalJson(value)) return false;
  }
  const ends = filter >= filters.length;
  if ((ends ? until?.mode : mode) === 'all') return !received.some((known) => known.filter === filter);
  if (ends) return true;
  return repeats === true || received.length === 0;
}
