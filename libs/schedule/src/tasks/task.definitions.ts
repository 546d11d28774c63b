// The commands over declared tasks. People pause and resume; what an extension declares is the platform's own to say.
import type { AnyCommandDefinition } from '@kari/platform/registry';
import { declareTask, pauseTask, resumeTask, taskStream, withdrawTask } from './task.commands.js';
import { taskDecider } from './task.decider.js';

const common = {
  scope: 'tenant' as const,
  stream: ({ task }: { readonly task: string }, tenant: string) => taskStream(tenant, task),
  subject: ({ task }: { readonly task: string }) => `task:${task}`,
  decider: taskDecider,
};
const declared = { ...common, right: 'task.advance', whileSuspended: 'system' as const };
const operated = { ...common, right: 'task.operate' };

export const taskCommands: readonly AnyCommandDefinition[] = [
  { ...declared, type: 'DeclareTask', schema: declareTask },
  { ...declared, type: 'WithdrawTask', schema: withdrawTask },
  { ...operated, type: 'PauseTask', schema: pauseTask },
  { ...operated, type: 'ResumeTask', schema: resumeTask },
];
