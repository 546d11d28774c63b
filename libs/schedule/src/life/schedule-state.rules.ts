// What is known of one schedule: how it is set, what comes next, and what it has in hand.
import type { Missed, Overlap } from '../contract.js';
import type { Timing } from '../timing/timing.rules.js';
import type { ScheduleEvent } from './schedule.events.js';

/** A fire that was decided and has not ended. */
export interface OpenFire {
  readonly fire: string;
  readonly plannedAt: string;
  /** Id of what was started; null until that is known. */
  readonly started: string | null;
  /** It is to make room for a newer one. */
  readonly cancelling: boolean;
}

interface WaitingFire {
  readonly fire: string;
  readonly plannedAt: string;
  readonly manual: boolean;
}

export interface ScheduleDefinition {
  readonly name: string;
  readonly target: { readonly kind: string; readonly id: string };
  readonly input?: unknown;
  readonly timing: Timing;
  readonly overlap: Overlap;
  readonly missed: Missed;
  readonly missedLimit: number;
}

export interface KnownSchedule extends ScheduleDefinition {
  /** `finished`: no planned time will come any more. */
  readonly status: 'active' | 'paused' | 'finished' | 'deleted';
  readonly schedule: string;
  readonly attached: boolean;
  readonly shard: number;
  /** `every` counts from here. */
  readonly anchor: string;
  /** The last planned time that was dealt with, or where counting began. */
  readonly cursor: string;
  readonly next: string | null;
  readonly open: readonly OpenFire[];
  readonly queue: readonly WaitingFire[];
}

export type ScheduleState = { readonly status: 'none' } | KnownSchedule;

export const initialSchedule: ScheduleState = { status: 'none' };

export function evolveSchedule(state: ScheduleState, event: ScheduleEvent): ScheduleState {
  if (event.type === 'ScheduleCreated') {
    const { from, ...set } = event.data;
    // What an earlier life of the same schedule started may still go on.
    const open = state.status === 'none' ? [] : state.open;
    return settled({ ...set, status: 'active', anchor: from, cursor: from, open, queue: [] });
  }
  return state.status === 'none' ? state : settled(changed(state, event));
}

function changed(state: KnownSchedule, event: Exclude<ScheduleEvent, { readonly type: 'ScheduleCreated' }>): KnownSchedule {
  switch (event.type) {
    case 'ScheduleChanged': {
      const { from, ...set } = event.data;
      return { ...state, ...set, ...(from === null ? {} : { anchor: from, cursor: from }) };
    }
    case 'SchedulePaused':
      return { ...state, status: 'paused' };
    case 'ScheduleResumed':
      return { ...state, status: 'active', cursor: event.data.from, next: event.data.next };
    case 'ScheduleDeleted':
      return { ...state, status: 'deleted', queue: [], next: null };
    case 'ScheduleRealigned':
      return { ...state, anchor: event.data.from, cursor: event.data.from, next: event.data.next };
    case 'ScheduleFireDue': {
      const { fire, plannedAt } = event.data;
      const queue = state.queue.filter((waiting) => waiting.fire !== fire);
      return { ...moved(state, event.data), queue, open: [...state.open, { fire, plannedAt, started: null, cancelling: false }] };
    }
    case 'ScheduleFireQueued': {
      const { fire, plannedAt, manual, cancels } = event.data;
      const open = cancels ? state.open.map((one) => ({ ...one, cancelling: true })) : state.open;
      return { ...moved(state, event.data), open, queue: [...state.queue, { fire, plannedAt, manual }] };
    }
    case 'ScheduleFireSkipped': {
      const queue = state.queue.filter(({ fire }) => fire !== event.data.fire);
      return { ...moved(state, event.data), queue };
    }
    case 'ScheduleFiresMissed':
      return { ...state, cursor: event.data.to, next: event.data.next };
    case 'ScheduleFireStarted': {
      const { fire, started } = event.data;
      return { ...state, open: state.open.map((one) => (one.fire === fire ? { ...one, started } : one)) };
    }
    case 'ScheduleFireRefused':
    case 'ScheduleFireEnded':
      return { ...state, next: event.data.next, open: state.open.filter(({ fire }) => fire !== event.data.fire) };
  }
}

/** A planned time that is dealt with for the first time moves the cursor; what leaves the queue was dealt with before. */
function moved(
  state: KnownSchedule,
  { fire, plannedAt, manual, next }: { fire: string; plannedAt: string; manual: boolean; next: string | null },
): KnownSchedule {
  const again = manual || state.queue.some((waiting) => waiting.fire === fire);
  return { ...state, next, cursor: again ? state.cursor : plannedAt };
}

function settled(state: KnownSchedule): KnownSchedule {
  if (state.status !== 'active' && state.status !== 'finished') return state;
  const more = state.next !== null || (state.timing.kind === 'after' && state.open.length > 0);
  return { ...state, status: more ? 'active' : 'finished' };
}
