// The commands over schedules. What people ask for has a mutation; what time brings and the scheduler learns is the platform's own.
import type { AnyCommandDefinition } from '@kari/platform/registry';
import {
  advanceSchedule,
  attachSchedule,
  changeSchedule,
  createSchedule,
  deleteSchedule,
  detachSchedule,
  pauseSchedule,
  recordFireEnd,
  recordFireRefusal,
  recordFireStart,
  resumeSchedule,
  runScheduleNow,
  scheduleStream,
} from './schedule.commands.js';
import { scheduleDecider } from './schedule.decider.js';

const common = {
  scope: 'tenant' as const,
  stream: ({ schedule }: { readonly schedule: string }, tenant: string) => scheduleStream(tenant, schedule),
  subject: ({ schedule }: { readonly schedule: string }) => `schedule:${schedule}`,
  decider: scheduleDecider,
};
const managed = { ...common, right: 'schedule.manage' };
const advanced = { ...common, right: 'schedule.advance', whileSuspended: 'system' as const };

export const scheduleCommands: readonly AnyCommandDefinition[] = [
  { ...managed, type: 'CreateSchedule', schema: createSchedule },
  { ...managed, type: 'ChangeSchedule', schema: changeSchedule },
  { ...managed, type: 'PauseSchedule', schema: pauseSchedule },
  { ...managed, type: 'ResumeSchedule', schema: resumeSchedule },
  { ...managed, type: 'DeleteSchedule', schema: deleteSchedule },
  { ...managed, type: 'RunScheduleNow', schema: runScheduleNow },
  { ...advanced, type: 'AttachSchedule', schema: attachSchedule },
  { ...advanced, type: 'DetachSchedule', schema: detachSchedule },
  // A planned time of a suspended tenant waits for its return.
  { ...common, right: 'schedule.advance', type: 'AdvanceSchedule', schema: advanceSchedule },
  { ...advanced, type: 'RecordFireStart', schema: recordFireStart },
  { ...advanced, type: 'RecordFireRefusal', schema: recordFireRefusal },
  { ...advanced, type: 'RecordFireEnd', schema: recordFireEnd },
];
