// What became of each planned time of a schedule.
import type { Projection, RecordedEvent } from '@kari/kernel';
import type { ScheduleEvent, SkipReason } from '../life/schedule.events.js';

export type FireStatus = 'due' | 'queued' | 'skipped' | 'missed' | 'started' | 'refused' | 'completed' | 'failed' | 'cancelled';

export type FireRow = Readonly<{
  tenant: string;
  schedule: string;
  fire: string;
  planned_at: string;
  /** Of several that were missed together: the last of them. */
  planned_until: string | null;
  /** Planned times that this row stands for. */
  count: number;
  manual: boolean;
  status: FireStatus;
  reason: string | null;
  started: string | null;
  decided_at: string;
  changed_at: string;
  position: string;
}>;

const SKIPPED: Readonly<Record<SkipReason, string>> = {
  overlap: 'an earlier start went on',
  replaced: 'a newer one took its place while it waited',
  'queue-full': 'as many waited as may',
  'too-many': 'as many went on as may',
};

export const fireProjection: Projection<FireRow> = {
  name: 'schedule.fire',
  version: 1,
  table: {
    name: 'schedule.fire',
    columns: {
      tenant: 'text',
      schedule: 'uuid',
      fire: 'text',
      planned_at: 'timestamp',
      planned_until: 'timestamp?',
      count: 'integer',
      manual: 'boolean',
      status: 'text',
      reason: 'text?',
      started: 'text?',
      decided_at: 'timestamp',
      changed_at: 'timestamp',
      position: 'bigint',
    },
    key: ['tenant', 'schedule', 'fire'],
    tenantColumn: 'tenant',
    indexes: [['tenant', 'schedule', 'position']],
  },
  handles: [
    'ScheduleFireDue',
    'ScheduleFireQueued',
    'ScheduleFireSkipped',
    'ScheduleFiresMissed',
    'ScheduleFireStarted',
    'ScheduleFireRefused',
    'ScheduleFireEnded',
  ],
  keyOf(recorded) {
    const { type, data, meta } = recorded as RecordedEvent & ScheduleEvent;
    if (type === 'ScheduleFiresMissed') return [meta.tenant, data.schedule, `${data.schedule}@missed:${data.from}`];
    return 'fire' in data ? [meta.tenant, data.schedule, data.fire] : null;
  },
  evolve(row, recorded) {
    const event = recorded as RecordedEvent & ScheduleEvent;
    const at = { changed_at: event.meta.occurredAt };
    switch (event.type) {
      case 'ScheduleFireDue':
        return { ...(row ?? begun(event, event.data)), ...at, status: 'due', reason: null };
      case 'ScheduleFireQueued':
        return { ...begun(event, event.data), status: 'queued', reason: 'waits until an earlier start has ended' };
      case 'ScheduleFireSkipped':
        return { ...(row ?? begun(event, event.data)), ...at, status: 'skipped', reason: SKIPPED[event.data.reason] };
      case 'ScheduleFiresMissed': {
        const { schedule, from, to, count } = event.data;
        const fire = `${schedule}@missed:${from}`;
        const base = begun(event, { schedule, fire, plannedAt: from, manual: false });
        return { ...base, count, planned_until: to, status: 'missed', reason: 'nobody could start it in time' };
      }
      case 'ScheduleFireStarted':
        return row === null ? null : { ...row, ...at, status: 'started', started: event.data.started };
      case 'ScheduleFireRefused':
        return row === null ? null : { ...row, ...at, status: 'refused', reason: event.data.reason };
      case 'ScheduleFireEnded':
        return row === null ? null : { ...row, ...at, status: event.data.outcome };
      default:
        return row;
    }
  },
};

interface Begun {
  readonly schedule: string;
  readonly fire: string;
  readonly plannedAt: string;
  readonly manual: boolean;
}

function begun({ meta, position }: RecordedEvent, { schedule, fire, plannedAt, manual }: Begun): FireRow {
  return {
    tenant: meta.tenant,
    schedule,
    fire,
    planned_at: plannedAt,
    planned_until: null,
    count: 1,
    manual,
    status: 'due',
    reason: null,
    started: null,
    decided_at: meta.occurredAt,
    changed_at: meta.occurredAt,
    position,
  };
}
