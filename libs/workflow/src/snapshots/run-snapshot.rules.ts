// What is kept of a run so that a long history need not be folded from its beginning. It is a shortcut and nothing else: whatever is wrong with it,
// the history tells the same.
import { derivedId } from '@kari/kernel';
import type { RunState } from '../run/run-state.rules.js';

/** Of `RunState` and of how events change it. Raised with every change of either, so that no release goes on from what another one folded. */
export const RUN_STATE_VERSION = 1;

/** A run as its owner knows it. */
export interface KnownRun {
  readonly state: RunState;
  readonly revision: bigint;
  /** The event that stands at that revision. */
  readonly event: string;
  readonly correlationId: string;
  readonly traceparent: string | undefined;
}

export interface RunSnapshot {
  readonly revision: bigint;
  readonly event: string;
  readonly version: number;
  readonly body: string;
  readonly checksum: string;
}

export function snapshotOf({ state, revision, event, correlationId, traceparent }: KnownRun): RunSnapshot {
  const { tasks, timers, openApprovals, listeners } = state;
  const lists = { tasks: [...tasks], timers: [...timers], openApprovals: [...openApprovals], listeners: [...listeners] };
  const body = JSON.stringify({ correlationId, traceparent, state: { ...state, ...lists } });
  const snapshot = { revision, event, version: RUN_STATE_VERSION, body };
  return { ...snapshot, checksum: checksumOf(snapshot) };
}

/** Null for what another release made, and for what is not what was kept. */
export function knownFrom(snapshot: RunSnapshot): KnownRun | null {
  const { revision, event, version, body, checksum } = snapshot;
  if (version !== RUN_STATE_VERSION || checksum !== checksumOf(snapshot)) return null;
  const { state, ...about } = JSON.parse(body) as Pick<KnownRun, 'correlationId' | 'traceparent'> & { readonly state: Listed };
  const { tasks, timers, openApprovals, listeners } = state;
  const maps = {
    tasks: new Map(tasks),
    timers: new Map(timers),
    openApprovals: new Map(openApprovals),
    listeners: new Set(listeners),
  };
  return { ...about, traceparent: about.traceparent, revision, event, state: { ...state, ...maps } };
}

type Entries<T> =
  T extends ReadonlyMap<infer K, infer V> ? readonly (readonly [K, V])[] : T extends ReadonlySet<infer V> ? readonly V[] : T;
type Listed = { readonly [K in keyof RunState]: Entries<RunState[K]> };

function checksumOf({ revision, event, version, body }: Omit<RunSnapshot, 'checksum'>): string {
  return derivedId('run snapshot', version, revision.toString(), event, body);
}
