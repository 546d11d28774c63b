// The commands over workflows, bound to what is installed.
import { streamId } from '@kari/kernel';
import type { AnyCommandDefinition } from '@kari/platform/registry';
import {
  activateWorkflow,
  blockWorkflow,
  deactivateWorkflow,
  deleteWorkflow,
  saveWorkflow,
  unblockWorkflow,
} from './definition.commands.js';
import { workflowDecider, type BlockJudge } from './definition.decider.js';
import { DEFINITION_CATEGORY } from './definition.events.js';

export function workflowCommands(blockedBy: BlockJudge): readonly AnyCommandDefinition[] {
  const common = {
    right: 'workflow.manage',
    scope: 'tenant' as const,
    stream: ({ workflow }: { workflow: string }, tenant: string) => streamId(DEFINITION_CATEGORY, tenant, workflow),
    subject: ({ workflow }: { workflow: string }) => `workflow:${workflow}`,
    decider: workflowDecider(blockedBy),
  };
  const told = { right: 'workflow.block', whileSuspended: 'system' as const };
  return [
    { ...common, type: 'SaveWorkflow', schema: saveWorkflow },
    { ...common, type: 'ActivateWorkflow', schema: activateWorkflow },
    { ...common, type: 'DeactivateWorkflow', schema: deactivateWorkflow },
    { ...common, type: 'DeleteWorkflow', schema: deleteWorkflow },
    { ...common, ...told, type: 'BlockWorkflow', schema: blockWorkflow },
    { ...common, ...told, type: 'UnblockWorkflow', schema: unblockWorkflow },
  ];
}
