// Decides the life of one service account: created, given roles, removed for good.
import { rejected, type CommandMetadata, type Decider } from '@kari/kernel';
import { rolesHere, type Role } from '../access/access.rules.js';
import { serviceAccountIdOf, type ServiceAccountCommand } from './service-account.commands.js';
import type { ServiceAccountEvent } from './service-account.events.js';

export type ServiceAccountState =
  | { readonly status: 'none' }
  | { readonly status: 'active'; readonly serviceAccount: string; readonly name: string; readonly roles: readonly Role[] }
  | { readonly status: 'removed'; readonly serviceAccount: string; readonly name: string };

function decide(command: ServiceAccountCommand, state: ServiceAccountState, { tenant }: CommandMetadata): readonly ServiceAccountEvent[] {
  if (command.type === 'CreateServiceAccount') {
    const { name } = command.data;
    const serviceAccount = serviceAccountIdOf(tenant, name);
    if (state.status !== 'none') throw rejected('TENANCY_SERVICE_ACCOUNT_EXISTS', { name, serviceAccount });
    return [{ type: 'ServiceAccountCreated', data: { serviceAccount, name, roles: rolesHere(command.data.roles, tenant) } }];
  }
  const { serviceAccount } = command.data;
  switch (command.type) {
    case 'ChangeServiceAccountRoles': {
      if (state.status !== 'active') throw rejected('TENANCY_SERVICE_ACCOUNT_UNKNOWN', { serviceAccount });
      const roles = rolesHere(command.data.roles, tenant);
      if (roles.length === state.roles.length && roles.every((role) => state.roles.includes(role))) return [];
      return [{ type: 'ServiceAccountRolesChanged', data: { serviceAccount, roles } }];
    }
    case 'RemoveServiceAccount':
      if (state.status === 'none') throw rejected('TENANCY_SERVICE_ACCOUNT_UNKNOWN', { serviceAccount });
      if (state.status === 'removed') return [];
      return [{ type: 'ServiceAccountRemoved', data: { serviceAccount } }];
  }
}

function evolve(state: ServiceAccountState, event: ServiceAccountEvent): ServiceAccountState {
  switch (event.type) {
    case 'ServiceAccountCreated':
      return { status: 'active', ...event.data, roles: event.data.roles as readonly Role[] };
    case 'ServiceAccountRolesChanged':
      return state.status === 'active' ? { ...state, roles: event.data.roles as readonly Role[] } : state;
    case 'ServiceAccountRemoved':
      return state.status === 'active' ? { status: 'removed', serviceAccount: state.serviceAccount, name: state.name } : state;
  }
}

export const serviceAccountDecider: Decider<ServiceAccountCommand, ServiceAccountEvent, ServiceAccountState> = {
  decide,
  evolve,
  initialState: { status: 'none' },
};
