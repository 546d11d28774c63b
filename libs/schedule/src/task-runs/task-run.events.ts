// What happened to one run of a task, stream `schedule.task-run-<tenant>~<uuid>`. What it answered is no part of the log: it is kept beside it, for as
// long as its row is.
import type { DomainEvent } from '@kari/kernel';
import { z } from 'zod';
import { taskId, terms } from '../tasks/task.events.js';

export const TASK_RUN_CATEGORY = 'schedule.task-run';

const about = { run: z.uuid(), task: taskId };
const moment = z.iso.datetime();
const attempt = z.number().int().min(1);
const code = z.string().max(100);
const reason = z.string().max(2_000);
const tried = { ...about, attempt };

const CAUSES = ['schedule', 'manual', 'event'] as const;
export type TaskCause = (typeof CAUSES)[number];

/** Everything that a start fixes. */
export const start = {
  ...about,
  /** Of the extension, when it was started. */
  version: z.string().max(100),
  /** The fire, the event or the command that it follows from: the same key is the same run. */
  key: z.string().min(1).max(200),
  cause: z.enum(CAUSES),
  by: z.strictObject({ id: z.string().max(200), kind: z.enum(['user', 'service-account', 'extension', 'system']) }),
  plannedAt: moment.nullable(),
  input: z.json().nullable(),
  terms,
};

const queued = z.strictObject({ ...start, at: moment });
const started = z.strictObject({ ...tried, at: moment });
const attemptFailed = z.strictObject({ ...tried, code, reason, retryAt: moment });
/** Its sandbox could not take it: that counts for no attempt. */
const postponed = z.strictObject({ ...tried, code, reason, retryAt: moment, since: moment });
/** Who had it in hand is gone. */
const interrupted = z.strictObject({ ...tried, retryAt: moment });
/** `bytes`: of the answer as JSON; `kept`: whether it is small enough to be looked at. */
const succeeded = z.strictObject({ ...tried, bytes: z.number().int().min(0), kept: z.boolean() });
const failed = z.strictObject({ ...tried, code, reason });
/** It did not run, and will not. */
const refused = z.strictObject({ ...about, code, reason });
const skipped = z.strictObject({ ...about, reason: z.enum(['overlap', 'replaced']) });
const cancelRequested = z.strictObject({ ...about, reason: reason.nullable() });
const cancelled = z.strictObject({ ...about, reason: reason.nullable() });
const named = z.strictObject(about);

export type TaskRunEvent =
  | DomainEvent<'TaskRunQueued', z.infer<typeof queued>>
  | DomainEvent<'TaskRunStarted', z.infer<typeof started>>
  | DomainEvent<'TaskRunAttemptFailed', z.infer<typeof attemptFailed>>
  | DomainEvent<'TaskRunPostponed', z.infer<typeof postponed>>
  | DomainEvent<'TaskRunInterrupted', z.infer<typeof interrupted>>
  | DomainEvent<'TaskRunSucceeded', z.infer<typeof succeeded>>
  | DomainEvent<'TaskRunFailed', z.infer<typeof failed>>
  | DomainEvent<'TaskRunRefused', z.infer<typeof refused>>
  | DomainEvent<'TaskRunSkipped', z.infer<typeof skipped>>
  | DomainEvent<'TaskRunCancelRequested', z.infer<typeof cancelRequested>>
  | DomainEvent<'TaskRunCancelled', z.infer<typeof cancelled>>
  | DomainEvent<'TaskRunRetried', z.infer<typeof named>>
  | DomainEvent<'TaskRunForgotten', z.infer<typeof named>>;

export const taskRunEvents = [
  { type: 'TaskRunQueued', version: 1, schema: queued },
  { type: 'TaskRunStarted', version: 1, schema: started },
  { type: 'TaskRunAttemptFailed', version: 1, schema: attemptFailed },
  { type: 'TaskRunPostponed', version: 1, schema: postponed },
  { type: 'TaskRunInterrupted', version: 1, schema: interrupted },
  { type: 'TaskRunSucceeded', version: 1, schema: succeeded },
  { type: 'TaskRunFailed', version: 1, schema: failed },
  { type: 'TaskRunRefused', version: 1, schema: refused },
  { type: 'TaskRunSkipped', version: 1, schema: skipped },
  { type: 'TaskRunCancelRequested', version: 1, schema: cancelRequested },
  { type: 'TaskRunCancelled', version: 1, schema: cancelled },
  { type: 'TaskRunRetried', version: 1, schema: named },
  { type: 'TaskRunForgotten', version: 1, schema: named },
] as const;
