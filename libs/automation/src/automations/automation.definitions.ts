// The commands over automations.
import { streamId } from '@kari/kernel';
import type { AnyCommandDefinition } from '@kari/platform/registry';
import { deleteAutomation, disableAutomation, enableAutomation, saveAutomation } from './automation.commands.js';
import { automationDecider } from './automation.decider.js';
import { AUTOMATION_CATEGORY } from './automation.events.js';

const common = {
  right: 'automation.manage',
  scope: 'tenant' as const,
  stream: ({ name }: { readonly name: string }, tenant: string) => streamId(AUTOMATION_CATEGORY, tenant, name),
  subject: ({ name }: { readonly name: string }) => `automation:${name}`,
  decider: automationDecider,
};

export const automationCommands: readonly AnyCommandDefinition[] = [
  { ...common, type: 'SaveAutomation', schema: saveAutomation },
  { ...common, type: 'EnableAutomation', schema: enableAutomation },
  { ...common, type: 'DisableAutomation', schema: disableAutomation },
  { ...common, type: 'DeleteAutomation', schema: deleteAutomation },
];
