// Wishes about one run of a task: of who starts it, of people, and of who has it in hand for what it came to.
import { derivedId, streamId, type Command, type StreamId } from '@kari/kernel';
import { z } from 'zod';
import { taskId } from '../tasks/task.events.js';
import { start, TASK_RUN_CATEGORY } from './task-run.events.js';

/** Whose leases decide who works at the runs of an extension in a tenant. */
export const TASK_SHARDS = 4;
const MOST_INPUT = 64 * 1_024;

const run = z.uuid();
const about = { run, task: taskId };
const attempt = z.number().int().min(1);
const chance = z.number().min(0).lt(1);
const refusal = z.strictObject({ code: z.string(), facts: z.record(z.string(), z.unknown()) });
const reason = z.string().trim().max(2_000);

export const runTask = z
  .strictObject({
    ...start,
    /** Why it cannot be started, found before it was sent: whoever asks is authorised and recorded first. */
    impossible: refusal.optional(),
  })
  .refine(({ input }) => JSON.stringify(input).length <= MOST_INPUT, {
    path: ['input'],
    message: `must be at most ${MOST_INPUT} characters of JSON`,
  });
export const beginTaskRun = z.strictObject({ ...about, attempt });
export const completeTaskRun = z.strictObject({ ...about, attempt, bytes: z.number().int().min(0), kept: z.boolean() });
export const failTaskRun = z.strictObject({ ...about, attempt, code: z.string().max(100), reason, chance });
export const interruptTaskRun = z.strictObject({ ...about, attempt, chance });
export const skipTaskRun = z.strictObject({ ...about, reason: z.enum(['overlap', 'replaced']) });
export const cancelTaskRun = z.strictObject({ run, reason: reason.nullable() });
export const retryTaskRun = z.strictObject({ run });
export const forgetTaskRun = z.strictObject({ run });

export type TaskRunCommand =
  | Command<'RunTask', z.infer<typeof runTask>>
  | Command<'BeginTaskRun', z.infer<typeof beginTaskRun>>
  | Command<'CompleteTaskRun', z.infer<typeof completeTaskRun>>
  | Command<'FailTaskRun', z.infer<typeof failTaskRun>>
  | Command<'InterruptTaskRun', z.infer<typeof interruptTaskRun>>
  | Command<'SkipTaskRun', z.infer<typeof skipTaskRun>>
  | Command<'CancelTaskRun', z.infer<typeof cancelTaskRun>>
  | Command<'RetryTaskRun', z.infer<typeof retryTaskRun>>
  | Command<'ForgetTaskRun', z.infer<typeof forgetTaskRun>>;

export function taskRunStream(tenant: string, run: string): StreamId {
  return streamId(TASK_RUN_CATEGORY, tenant, run);
}

/** The same start is the same run, whoever asks for it and however often. */
export function taskRunId(tenant: string, task: string, key: string): string {
  return derivedId('task run', tenant, task, key);
}

/** All of an extension in a tenant lie in one shard: so one process sees to what may run beside what. */
export function taskShardOf(tenant: string, extension: string): number {
  return Number.parseInt(derivedId('task shard', tenant, extension).slice(-4), 16) % TASK_SHARDS;
}
