// The commands over the hosts of workflows: each tenant for itself.
import type { AnyCommandDefinition } from '@kari/platform/registry';
import { closeWorkflowHost, openWorkflowHost } from './workflow-host.commands.js';
import { workflowHostDecider, workflowHostStream } from './workflow-host.decider.js';

const common = {
  right: 'host.manage',
  scope: 'tenant' as const,
  stream: (_: unknown, tenant: string) => workflowHostStream(tenant),
  subject: ({ scheme, host }: { scheme: string; host: string }) => `workflow-host:${scheme}://${host}`,
  decider: workflowHostDecider,
};

export const workflowHostCommands: readonly AnyCommandDefinition[] = [
  { ...common, type: 'OpenWorkflowHost', schema: openWorkflowHost },
  { ...common, type: 'CloseWorkflowHost', schema: closeWorkflowHost },
];
