// Facts of one schedule as the log gives them, for specs of projections.
import type { RecordedEvent } from '@kari/kernel';
import { scheduleStream } from '../schedule.commands.js';
import type { ScheduleEvent } from '../schedule.events.js';

export const TENANT = '00000000-0000-7000-8000-00000000000a';
export const SCHEDULE = '0197a3c0-1111-7000-8000-000000000001';

export const moment = (time: string): string => `2026-01-01T${time}.000Z`;

export const CREATED: ScheduleEvent = {
  type: 'ScheduleCreated',
  data: {
    schedule: SCHEDULE,
    name: 'Digest',
    target: { kind: 'workflow', id: 'digest' },
    input: { a: 1 },
    timing: { kind: 'cron', cron: '0 * * * *', timeZone: 'UTC' },
    overlap: 'queue',
    missed: 'one',
    missedLimit: 100,
    attached: false,
    shard: 1,
    from: moment('00:00:00'),
    next: moment('01:00:00'),
  },
};

export function recordedFacts(facts: readonly ScheduleEvent[]): readonly RecordedEvent[] {
  return facts.map((fact, index) => ({
    id: `00000000-0000-7000-8000-${String(index).padStart(12, '0')}`,
    stream: scheduleStream(TENANT, SCHEDULE),
    revision: BigInt(index),
    position: String(index + 1),
    type: fact.type,
    version: 1,
    data: fact.data,
    meta: {
      tenant: TENANT,
      actor: index === 0 ? 'ada' : 'system:schedule.scheduler',
      actorKind: 'user',
      commandId: SCHEDULE,
      commandType: 'AdvanceSchedule',
      correlationId: SCHEDULE,
      occurredAt: `2026-01-01T09:00:${String(index).padStart(2, '0')}.000Z`,
    },
    recordedAt: '2026-01-01T09:00:00.000Z',
  }));
}
