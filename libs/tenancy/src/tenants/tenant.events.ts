// The life of a tenant as facts. Streams `tenancy.tenant-_~<tenant>`: tenants belong to the platform, not to themselves.
import type { DomainEvent, EventDefinition } from '@kari/kernel';
import { z } from 'zod';

const tenant = z.uuid();

const tenantCreated = z.strictObject({ tenant, slug: z.string(), name: z.string() });
const tenantSuspended = z.strictObject({ tenant, reason: z.string() });
const tenantResumed = z.strictObject({ tenant });
const tenantRateLimitsSet = z.strictObject({
  tenant,
  /** Operations a second. Left out: as for every tenant. */
  limits: z.strictObject({ tenant: z.int().optional(), token: z.int().optional(), extension: z.int().optional() }),
});
const tenantDeletionRequested = z.strictObject({ tenant, export: z.boolean() });
const tenantDeleted = z.strictObject({ tenant, export: z.strictObject({ blob: z.string(), events: z.int().nonnegative() }).nullable() });

export type TenantEvent =
  | DomainEvent<'TenantCreated', z.infer<typeof tenantCreated>>
  | DomainEvent<'TenantSuspended', z.infer<typeof tenantSuspended>>
  | DomainEvent<'TenantResumed', z.infer<typeof tenantResumed>>
  | DomainEvent<'TenantRateLimitsSet', z.infer<typeof tenantRateLimitsSet>>
  | DomainEvent<'TenantDeletionRequested', z.infer<typeof tenantDeletionRequested>>
  | DomainEvent<'TenantDeleted', z.infer<typeof tenantDeleted>>;

export const tenantEventDefinitions: readonly EventDefinition[] = [
  { type: 'TenantCreated', version: 1, schema: tenantCreated },
  { type: 'TenantSuspended', version: 1, schema: tenantSuspended },
  { type: 'TenantResumed', version: 1, schema: tenantResumed },
  { type: 'TenantRateLimitsSet', version: 1, schema: tenantRateLimitsSet },
  { type: 'TenantDeletionRequested', version: 1, schema: tenantDeletionRequested },
  { type: 'TenantDeleted', version: 1, schema: tenantDeleted },
];
