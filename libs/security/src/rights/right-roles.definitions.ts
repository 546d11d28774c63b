// The commands over rights of extensions, bound to what is installed.
import type { Installations } from '@kari/extension/contract';
import type { AnyCommandDefinition } from '@kari/platform/registry';
import { forgetRightRoles, resetRightRoles, setRightRoles } from './right-roles.commands.js';
import { rightRolesDecider, rightRolesStream } from './right-roles.decider.js';

export function rightRolesCommands(installations: Pick<Installations, 'find'>): readonly AnyCommandDefinition[] {
  const decider = rightRolesDecider((tenant, extension) =>
    Object.keys(installations.find(tenant, extension)?.version.manifest.rights ?? {}),
  );
  const common = {
    right: 'right.manage',
    scope: 'tenant' as const,
    stream: ({ extension }: { extension: string }, tenant: string) => rightRolesStream(tenant, extension),
    subject: ({ extension, right }: { extension: string; right?: string }) =>
      right === undefined ? `extension:${extension}` : `right:${extension}:${right}`,
    decider,
  };
  return [
    { ...common, type: 'SetRightRoles', schema: setRightRoles },
    { ...common, type: 'ResetRightRoles', schema: resetRightRoles },
    { ...common, type: 'ForgetRightRoles', schema: forgetRightRoles, whileSuspended: 'system' },
  ];
}
