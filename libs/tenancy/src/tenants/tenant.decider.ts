// Decides the life of one tenant: active, suspended, on its way out, gone. Nothing comes back from deletion.
import { rejected, type Decider } from '@kari/kernel';
import { tenantIdOf, type OwnRates, type TenantCommand } from './tenant.commands.js';
import type { TenantEvent } from './tenant.events.js';

interface Named {
  readonly tenant: string;
  readonly slug: string;
  readonly name: string;
  /** Operations a second that are its own. */
  readonly limits: OwnRates;
}

export type TenantState =
  | { readonly status: 'none' }
  | ({ readonly status: 'active' } & Named)
  | ({ readonly status: 'suspended'; readonly reason: string } & Named)
  | ({ readonly status: 'deleting'; readonly export: boolean } & Named)
  | ({ readonly status: 'deleted' } & Named);

function decide(command: TenantCommand, state: TenantState): readonly TenantEvent[] {
  if (command.type === 'CreateTenant') {
    const { slug, name } = command.data;
    if (state.status !== 'none') throw rejected('TENANCY_SLUG_TAKEN', { slug });
    return [{ type: 'TenantCreated', data: { tenant: tenantIdOf(slug), slug, name } }];
  }
  const { tenant } = command.data;
  if (state.status === 'none') throw rejected('TENANCY_TENANT_UNKNOWN', { tenant });

  switch (command.type) {
    case 'SuspendTenant':
      refuseLeaving(state);
      if (state.status === 'suspended') return [];
      return [{ type: 'TenantSuspended', data: { tenant, reason: command.data.reason } }];
    case 'ResumeTenant':
      refuseLeaving(state);
      if (state.status === 'active') return [];
      return [{ type: 'TenantResumed', data: { tenant } }];
    case 'SetTenantRateLimits': {
      refuseLeaving(state);
      const { tenant: all, token, extension } = command.data.limits;
      if (all === state.limits.tenant && token === state.limits.token && extension === state.limits.extension) return [];
      return [{ type: 'TenantRateLimitsSet', data: { tenant, limits: command.data.limits } }];
    }
    case 'DeleteTenant':
      if (state.status === 'deleting' || state.status === 'deleted') return [];
      return [{ type: 'TenantDeletionRequested', data: { tenant, export: command.data.export } }];
    case 'CompleteTenantDeletion':
      if (state.status === 'deleted') return [];
      if (state.status !== 'deleting') throw rejected('TENANCY_TENANT_NOT_LEAVING', { tenant });
      if (state.export && command.data.export === null) throw rejected('TENANCY_EXPORT_MISSING', { tenant });
      return [{ type: 'TenantDeleted', data: { tenant, export: command.data.export } }];
  }
}

function refuseLeaving(state: TenantState): void {
  if (state.status === 'deleting' || state.status === 'deleted') throw rejected('TENANCY_TENANT_DELETED', { tenant: state.tenant });
}

function evolve(state: TenantState, event: TenantEvent): TenantState {
  if (event.type === 'TenantCreated') return { status: 'active', ...event.data, limits: {} };
  if (state.status === 'none') return state;
  const { tenant, slug, name, limits } = state;
  const named = { tenant, slug, name, limits };
  switch (event.type) {
    case 'TenantSuspended':
      return { status: 'suspended', reason: event.data.reason, ...named };
    case 'TenantResumed':
      return { status: 'active', ...named };
    case 'TenantRateLimitsSet':
      return { ...state, limits: event.data.limits };
    case 'TenantDeletionRequested':
      return { status: 'deleting', export: event.data.export, ...named };
    case 'TenantDeleted':
      return { status: 'deleted', ...named };
  }
}

export const tenantDecider: Decider<TenantCommand, TenantEvent, TenantState> = { decide, evolve, initialState: { status: 'none' } };
