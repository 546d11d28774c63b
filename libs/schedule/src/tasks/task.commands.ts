// Wishes about one declared task: of its extension, which declares and withdraws it, and of people, who hold it up.
import { streamId, type Command, type StreamId } from '@kari/kernel';
import { z } from 'zod';
import { definition, TASK_CATEGORY, taskId } from './task.events.js';

/** Of a schedule's target. */
export const TASK_KIND = 'task';

const task = taskId;

/** `held`: why its extension does not run now; null when it does. */
export const declareTask = z.strictObject({
  task,
  version: z.string().max(100),
  definition,
  held: z.string().max(500).nullable(),
});
export const withdrawTask = z.strictObject({ task });
export const pauseTask = z.strictObject({ task, reason: z.string().trim().max(500).nullable() });
export const resumeTask = z.strictObject({ task });

export type TaskCommand =
  | Command<'DeclareTask', z.infer<typeof declareTask>>
  | Command<'WithdrawTask', z.infer<typeof withdrawTask>>
  | Command<'PauseTask', z.infer<typeof pauseTask>>
  | Command<'ResumeTask', z.infer<typeof resumeTask>>;

export function taskStream(tenant: string, task: string): StreamId {
  return streamId(TASK_CATEGORY, tenant, task);
}

/** `acme.notes` of `acme.notes/sync`. */
export function extensionOf(task: string): string {
  return task.slice(0, task.indexOf('/'));
}

/** `sync` of `acme.notes/sync`. */
export function nameOf(task: string): string {
  return task.slice(task.indexOf('/') + 1);
}
