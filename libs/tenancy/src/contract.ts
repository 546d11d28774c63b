// What other contexts may know of tenants and people.

/** Token of `Tenants`. */
export const TENANTS = Symbol('Tenants');

export type TenantStatus = 'active' | 'suspended' | 'deleted';

export interface Tenant {
  /** uuid, immutable. */
  readonly id: string;
  /** DNS label. */
  readonly slug: string;
  readonly status: TenantStatus;
}

/** In-memory fold of the log, synchronous; throws `Rejection` TENANCY_SNAPSHOT_STALE while not known to follow it. */
export interface Tenants {
  find(idOrSlug: string): Tenant | null;
  all(): readonly Tenant[];
  /** After each change of a tenant's status. */
  onChange(listener: (tenant: Tenant) => void): () => void;
}

export const tenancyEvents = {
  tenantCreated: 'TenantCreated',
  tenantSuspended: 'TenantSuspended',
  tenantResumed: 'TenantResumed',
  tenantDeleted: 'TenantDeleted',
} as const;
