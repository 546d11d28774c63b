// The commands over runs. What people ask for has a mutation; what the platform learned elsewhere is its own.
import type { AnyCommandDefinition } from '@kari/platform/registry';
import { runStream } from './engine-parts.js';
import {
  admitRun,
  cancelChildRun,
  cancelRun,
  decideApproval,
  migrateRun,
  pauseRun,
  resumeRun,
  retryRun,
  startRun,
} from './run.commands.js';
import { runDecider } from './run.decider.js';

const common = {
  scope: 'tenant' as const,
  stream: ({ run }: { readonly run: string }, tenant: string) => runStream(tenant, run),
  subject: ({ run }: { readonly run: string }) => `run:${run}`,
  decider: runDecider,
};

export const runCommands: readonly AnyCommandDefinition[] = [
  { ...common, begins: true, type: 'StartRun', schema: startRun, right: 'run.start' },
  { ...common, begins: true, type: 'ForkRun', schema: startRun, right: 'run.operate' },
  { ...common, begins: true, type: 'ReplayRun', schema: startRun, right: 'run.operate' },
  { ...common, begins: true, type: 'StartTestRun', schema: startRun, right: 'run.start' },
  { ...common, type: 'PauseRun', schema: pauseRun, right: 'run.operate' },
  { ...common, type: 'ResumeRun', schema: resumeRun, right: 'run.operate' },
  { ...common, type: 'CancelRun', schema: cancelRun, right: 'run.operate' },
  { ...common, type: 'CancelChildRun', schema: cancelChildRun, right: 'run.advance', whileSuspended: 'system' },
  { ...common, type: 'AdmitRun', schema: admitRun, right: 'run.advance', whileSuspended: 'system' },
  { ...common, type: 'MigrateRun', schema: migrateRun, right: 'run.operate' },
  { ...common, type: 'RetryRun', schema: retryRun, right: 'run.operate' },
  { ...common, type: 'DecideApproval', schema: decideApproval, right: 'approval.decide' },
];
