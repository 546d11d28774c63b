// Refusals around background tasks and their runs.
import type { CodeEntry } from './code.js';

export const taskCodes = {
  TASK_NOT_FOUND: {
    kind: 'missing',
    message: 'No extension that is installed in this tenant declares the task {task}.',
    next: 'The query tasks lists them; a task is named <extension>/<name>.',
  },
  TASK_HELD: {
    kind: 'conflict',
    message: 'The task {task} cannot run: {reason}.',
    next: 'Enable its extension, or resume the task if it is paused, then try again.',
  },
  TASK_INPUT_INVALID: {
    kind: 'invalid',
    message: 'The input of the task {task} breaks its schema at "{pointer}": {reason}.',
    next: 'Correct the named part; a task that declares no input is run without one.',
  },
  TASK_RIGHT_NEEDED: {
    kind: 'denied',
    message: 'To run the task {task} one needs the right {right} of its extension.',
    next: 'Ask an admin of the tenant for a role that holds it (extensionRights, setRightRoles). Automations hold no such right.',
  },
  TASK_RUNS_LIMIT: {
    kind: 'limit',
    message: 'The task {task} has {limit} runs that wait or go on; more cannot be started.',
    next: 'Wait until some have ended, or cancel them.',
  },
  TASK_RUN_NOT_FOUND: {
    kind: 'missing',
    message: 'There is no task run {run} in this tenant.',
    next: 'The query taskRuns lists them; rows are kept for 30 days.',
  },
  TASK_RUN_ENDED: {
    kind: 'conflict',
    message: 'The task run {run} has ended: it is {status}.',
    next: 'Nothing is left to cancel.',
  },
  TASK_RUN_NOT_RETRIABLE: {
    kind: 'conflict',
    message: 'The task run {run} is {status}; only what failed, was cancelled, skipped or refused is tried anew.',
    next: 'Wait for its end, or run the task again.',
  },
  TASK_RUN_INTERRUPTED: {
    kind: 'failed',
    message: 'The process that had the task run in hand ended during each of its last attempts.',
    next: 'Look at the log of the platform and of the extension, then try the run anew.',
  },
  TASK_FAILED: {
    kind: 'failed',
    message: 'The handler of the task failed: {reason}.',
    next: 'Look at the log of the run, correct the cause, then try the run anew.',
  },
  TASK_PROGRESS_OUTSIDE: {
    kind: 'invalid',
    message: 'Only the handler of a task can tell how far its run has come, and only while it goes on.',
    next: 'Call progress of the context that the handler was given, before it answers.',
  },
} as const satisfies Record<string, CodeEntry>;
