// The commands over workflows, bound to what is installed.
import { streamId } from '@kari/kernel';
import type { AnyCommandDefinition } from '@kari/platform/registry';
import { activateWorkflow, deactivateWorkflow, deleteWorkflow, saveWorkflow } from './definition.commands.js';
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
  return [
    { ...common, type: 'SaveWorkflow', schema: saveWorkflow },
    { ...common, type: 'ActivateWorkflow', schema: activateWorkflow },
    { ...common, type: 'DeactivateWorkflow', schema: deactivateWorkflow },
    { ...common, type: 'DeleteWorkflow', schema: deleteWorkflow },
  ];
}
