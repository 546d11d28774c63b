// Refusals around schedules.
import type { CodeEntry } from './code.js';

export const scheduleCodes = {
  SCHEDULE_NOT_FOUND: {
    kind: 'missing',
    message: 'There is no schedule {schedule} in this tenant.',
    next: 'The query schedules lists them.',
  },
  SCHEDULE_TIMING_INVALID: {
    kind: 'invalid',
    message: 'This is no time to start anything at: {reason}.',
    next: 'Give one of cron (0 9 * * 1-5, with a time zone), everySeconds, afterSeconds and at.',
  },
  SCHEDULE_ATTACHED: {
    kind: 'conflict',
    message: 'The schedule {schedule} belongs to {target} and changes with it.',
    next: 'Change the schedule in its document and activate that version, or pause the schedule.',
  },
  SCHEDULE_OF_TASK: {
    kind: 'conflict',
    message: 'The schedule {schedule} is that of the task {task}, and is paused and resumed with it.',
    next: 'Use pauseTask and resumeTask.',
  },
  SCHEDULE_FINISHED: {
    kind: 'conflict',
    message: 'The schedule {schedule} has no planned time left.',
    next: 'Change its timing, or create another one.',
  },
  SCHEDULE_BUSY: {
    kind: 'conflict',
    message: 'What the schedule {schedule} started goes on, and it starts nothing beside it.',
    next: 'Wait until it has ended, cancel it, or change what the schedule does on overlap.',
  },
  SCHEDULE_LIMIT: {
    kind: 'limit',
    message: 'This tenant has {limit} schedules; more cannot be created.',
    next: 'Delete some that are not needed any more.',
  },
} as const satisfies Record<string, CodeEntry>;
