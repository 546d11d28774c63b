// Schedules as the list shows them, and as the scheduler finds those that fall due.
import type { Projection, RecordedEvent } from '@kari/kernel';
import type { ScheduleEvent } from '../life/schedule.events.js';
import { scheduleEvents } from '../life/schedule.events.js';
import { evolveSchedule, type KnownSchedule } from '../life/schedule-state.rules.js';

export type ScheduleRow = Readonly<{
  tenant: string;
  schedule: string;
  name: string;
  target_kind: string;
  target: string;
  status: KnownSchedule['status'];
  reason: string | null;
  timing_kind: string;
  shard: number;
  next_at: string | null;
  cursor_at: string;
  /** Fires that were decided or wait, and have not ended. */
  in_hand: number;
  /** All that is known; columns above are what is asked for. */
  state: KnownSchedule;
  last_fire_at: string | null;
  /** What became of the last planned time, or of what it started. */
  last_outcome: string | null;
  created_at: string;
  created_by: string;
  changed_at: string;
  position: string;
}>;

export const scheduleProjection: Projection<ScheduleRow> = {
  name: 'schedule.schedule',
  version: 1,
  table: {
    name: 'schedule.schedule',
    columns: {
      tenant: 'text',
      schedule: 'uuid',
      name: 'text',
      target_kind: 'text',
      target: 'text',
      status: 'text',
      reason: 'text?',
      timing_kind: 'text',
      shard: 'integer',
      next_at: 'timestamp?',
      cursor_at: 'timestamp',
      in_hand: 'integer',
      state: 'json',
      last_fire_at: 'timestamp?',
      last_outcome: 'text?',
      created_at: 'timestamp',
      created_by: 'text',
      changed_at: 'timestamp',
      position: 'bigint',
    },
    key: ['tenant', 'schedule'],
    tenantColumn: 'tenant',
    indexes: [['shard', 'next_at'], ['tenant', 'target_kind', 'target'], ['position']],
  },
  handles: scheduleEvents.map(({ type }) => type),
  keyOf: ({ meta, data }) => [meta.tenant, (data as { schedule: string }).schedule],
  evolve(row, recorded) {
    const event = recorded as RecordedEvent & ScheduleEvent;
    const state = evolveSchedule(row?.state ?? { status: 'none' }, event);
    if (state.status === 'none' || state.status === 'deleted') return null;
    const { occurredAt: at, actor } = event.meta;
    return {
      tenant: event.meta.tenant,
      schedule: state.schedule,
      name: state.name,
      target_kind: state.target.kind,
      target: state.target.id,
      status: state.status,
      reason: state.status === 'paused' ? (event.type === 'SchedulePaused' ? event.data.reason : (row?.reason ?? null)) : null,
      timing_kind: state.timing.kind,
      shard: state.shard,
      next_at: state.next,
      cursor_at: state.cursor,
      in_hand: state.open.length + state.queue.length,
      state,
      last_fire_at: row?.last_fire_at ?? null,
      last_outcome: row?.last_outcome ?? null,
      ...outcomeOf(event),
      created_at: row?.created_at ?? at,
      created_by: row?.created_by ?? actor,
      changed_at: at,
      position: row?.position ?? event.position,
    };
  },
};

function outcomeOf(event: ScheduleEvent): Partial<Pick<ScheduleRow, 'last_fire_at' | 'last_outcome'>> {
  switch (event.type) {
    case 'ScheduleFireDue':
      return { last_fire_at: event.data.plannedAt, last_outcome: 'due' };
    case 'ScheduleFireQueued':
      return { last_fire_at: event.data.plannedAt, last_outcome: 'queued' };
    case 'ScheduleFireSkipped':
      return { last_fire_at: event.data.plannedAt, last_outcome: 'skipped' };
    case 'ScheduleFiresMissed':
      return { last_fire_at: event.data.to, last_outcome: 'missed' };
    case 'ScheduleFireStarted':
      return { last_outcome: 'started' };
    case 'ScheduleFireRefused':
      return { last_outcome: 'refused' };
    case 'ScheduleFireEnded':
      return { last_outcome: event.data.outcome };
    default:
      return {};
  }
}
