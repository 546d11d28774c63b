// The commands over runs of tasks. Starting, cancelling and trying anew are people's; what a run came to is the platform's own to say.
import type { AnyCommandDefinition } from '@kari/platform/registry';
import {
  beginTaskRun,
  cancelTaskRun,
  completeTaskRun,
  failTaskRun,
  forgetTaskRun,
  interruptTaskRun,
  retryTaskRun,
  runTask,
  skipTaskRun,
  taskRunStream,
} from './task-run.commands.js';
import { taskRunDecider } from './task-run.decider.js';

const common = {
  scope: 'tenant' as const,
  stream: ({ run }: { readonly run: string }, tenant: string) => taskRunStream(tenant, run),
  subject: ({ run }: { readonly run: string }) => `task-run:${run}`,
  decider: taskRunDecider,
};
const advanced = { ...common, right: 'task.advance', whileSuspended: 'system' as const };
const operated = { ...common, right: 'task.operate' };

export const taskRunCommands: readonly AnyCommandDefinition[] = [
  { ...common, right: 'task.run', type: 'RunTask', schema: runTask },
  { ...operated, type: 'CancelTaskRun', schema: cancelTaskRun, whileSuspended: 'system' },
  { ...operated, type: 'RetryTaskRun', schema: retryTaskRun },
  // Nothing new begins in a suspended tenant.
  { ...common, right: 'task.advance', type: 'BeginTaskRun', schema: beginTaskRun },
  { ...advanced, type: 'CompleteTaskRun', schema: completeTaskRun },
  { ...advanced, type: 'FailTaskRun', schema: failTaskRun },
  { ...advanced, type: 'InterruptTaskRun', schema: interruptTaskRun },
  { ...advanced, type: 'SkipTaskRun', schema: skipTaskRun },
  { ...advanced, type: 'ForgetTaskRun', schema: forgetTaskRun },
];
