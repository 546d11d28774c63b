// The list of tenants: what each is called and how it stands. Deleted ones stay listed; their slug stays taken.
import type { Projection } from '@kari/kernel';
import type { TenantState } from './tenant.decider.js';
import type { OwnRates } from './tenant.commands.js';
import type { TenantEvent } from './tenant.events.js';

export interface TenantRow extends Record<string, unknown> {
  readonly tenant: string;
  readonly slug: string;
  readonly name: string;
  readonly status: Exclude<TenantState['status'], 'none'>;
  /** Why it is suspended. */
  readonly reason: string | null;
  readonly created_at: string;
  readonly changed_at: string;
  /** Blob that holds what the tenant did, exported before its deletion. */
  readonly export: string | null;
  /** Operations a second that are its own; a part left out is as for every tenant. */
  readonly limits: OwnRates;
}

export const tenantProjection: Projection<TenantRow> = {
  name: 'tenancy.tenant',
  version: 2,
  table: {
    name: 'tenancy.tenant',
    columns: {
      tenant: 'text',
      slug: 'text',
      name: 'text',
      status: 'text',
      reason: 'text?',
      created_at: 'timestamp',
      changed_at: 'timestamp',
      export: 'text?',
      limits: 'json',
    },
    key: ['tenant'],
    tenantColumn: 'tenant',
    indexes: [['slug']],
  },
  handles: ['TenantCreated', 'TenantSuspended', 'TenantResumed', 'TenantRateLimitsSet', 'TenantDeletionRequested', 'TenantDeleted'],
  keyOf: (event) => [(event as unknown as TenantEvent).data.tenant],
  evolve(row, recorded) {
    const at = recorded.meta.occurredAt;
    const event = recorded as unknown as TenantEvent;
    if (event.type === 'TenantCreated') {
      return { ...event.data, status: 'active', reason: null, created_at: at, changed_at: at, export: null, limits: {} };
    }
    if (row === null) return null;
    switch (event.type) {
      case 'TenantSuspended':
        return { ...row, status: 'suspended', reason: event.data.reason, changed_at: at };
      case 'TenantResumed':
        return { ...row, status: 'active', reason: null, changed_at: at };
      case 'TenantRateLimitsSet':
        return { ...row, limits: event.data.limits, changed_at: at };
      case 'TenantDeletionRequested':
        return { ...row, status: 'deleting', reason: null, changed_at: at };
      case 'TenantDeleted':
        return { ...row, status: 'deleted', changed_at: at, export: event.data.export?.blob ?? null };
    }
  },
};
