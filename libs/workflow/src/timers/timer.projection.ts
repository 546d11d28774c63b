// The timers that runs have set and that have neither fired nor been taken back.
import { idOf, type Projection, type RecordedEvent } from '@kari/kernel';
import type { RunEvent } from '../run/run.events.js';

export type TimerRow = Readonly<{
  tenant: string;
  run: string;
  timer: string;
  task: string | null;
  purpose: string;
  due_at: string;
  position: string;
}>;

export const timerProjection: Projection<TimerRow> = {
  name: 'workflow.timer',
  version: 1,
  table: {
    name: 'workflow.timer',
    columns: { tenant: 'text', run: 'uuid', timer: 'text', task: 'text?', purpose: 'text', due_at: 'timestamp', position: 'bigint' },
    key: ['tenant', 'run', 'timer'],
    tenantColumn: 'tenant',
    indexes: [['tenant', 'due_at']],
  },
  handles: ['TimerSet', 'TimerFired', 'TimerCancelled'],
  keyOf: (recorded) => [recorded.meta.tenant, idOf(recorded.stream), (recorded as RecordedEvent & { data: { timer: string } }).data.timer],
  evolve(_row, recorded) {
    const event = recorded as RecordedEvent & RunEvent;
    if (event.type !== 'TimerSet') return null;
    const { timer, task, purpose, dueAt } = event.data;
    return { tenant: event.meta.tenant, run: idOf(event.stream), timer, task, purpose, due_at: dueAt, position: event.position };
  },
};
