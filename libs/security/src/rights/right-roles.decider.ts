// Decides which roles of a tenant hold the rights of one extension, where the tenant wants others than the manifest proposes.
import { rejected, streamId, type Decider, type StreamId } from '@kari/kernel';
import { tenantRoles, type TenantRole } from '@kari/protocol';
import type { RightRolesCommand } from './right-roles.commands.js';
import type { RightRolesEvent } from './right-roles.events.js';

/** Right → the roles that the tenant has chosen; a right left out is as the manifest says. */
export type RightRoles = Readonly<Record<string, readonly TenantRole[]>>;

/** The rights that the installed version declares; none where it is not installed. */
export type DeclaredRights = (tenant: string, extension: string) => readonly string[];

export function rightRolesStream(tenant: string, extension: string): StreamId {
  return streamId('security.right-roles', tenant, extension);
}

export function rightRolesDecider(declaredRights: DeclaredRights): Decider<RightRolesCommand, RightRolesEvent, RightRoles> {
  return {
    decide(command, state, { tenant }) {
      const { extension } = command.data;
      switch (command.type) {
        case 'SetRightRoles': {
          const { right } = command.data;
          const declared = declaredRights(tenant, extension);
          if (!declared.includes(right)) throw rejected('SECURITY_RIGHT_UNKNOWN', { extension, right, declared });
          const roles = tenantRoles.filter((role) => command.data.roles.includes(role));
          if (Object.hasOwn(state, right) && state[right]?.join() === roles.join()) return [];
          return [{ type: 'RightRolesSet', data: { extension, right, roles } }];
        }
        case 'ResetRightRoles': {
          const { right } = command.data;
          return Object.hasOwn(state, right) ? [{ type: 'RightRolesReset', data: { extension, right } }] : [];
        }
        case 'ForgetRightRoles':
          return Object.keys(state).length === 0 ? [] : [{ type: 'RightRolesForgotten', data: { extension } }];
      }
    },
    evolve: evolveRightRoles,
    initialState: {},
  };
}

export function evolveRightRoles(state: RightRoles, event: RightRolesEvent): RightRoles {
  if (event.type === 'RightRolesForgotten') return {};
  const { [event.data.right]: _before, ...others } = state;
  return event.type === 'RightRolesSet' ? { ...others, [event.data.right]: event.data.roles } : others;
}
