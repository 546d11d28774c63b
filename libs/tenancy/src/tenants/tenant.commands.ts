// What a platform operator may wish for a tenant. `CompleteTenantDeletion` is the platform's own, once the export is safe.
import { derivedId, PLATFORM_TENANT, streamId, type Command, type StreamId } from '@kari/kernel';
import { z } from 'zod';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A DNS label; one that reads as a uuid would make the `Kari-Tenant` header ambiguous. */
export const tenantSlug = z
  .string()
  .regex(/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/, 'must be a DNS label: lower-case letters, digits and dashes, 63 at most, a letter first')
  .refine((slug) => !UUID.test(slug), 'must not look like a uuid');

export const createTenant = z.strictObject({ slug: tenantSlug, name: z.string().trim().min(1).max(120) });
export const suspendTenant = z.strictObject({ tenant: z.uuid(), reason: z.string().trim().min(1).max(500) });
/** Operations a second; what is left out is as for every tenant. */
const rateLimits = z.strictObject({
  tenant: z.int().min(1).max(1_000_000).optional(),
  token: z.int().min(1).max(1_000_000).optional(),
  extension: z.int().min(1).max(1_000_000).optional(),
});
/** What a tenant has of its own. */
export type OwnRates = z.infer<typeof rateLimits>;
export const setTenantRateLimits = z.strictObject({ tenant: z.uuid(), limits: rateLimits });
export const resumeTenant = z.strictObject({ tenant: z.uuid() });
export const deleteTenant = z.strictObject({ tenant: z.uuid(), export: z.boolean() });
export const completeTenantDeletion = z.strictObject({
  tenant: z.uuid(),
  export: z.strictObject({ blob: z.string(), events: z.int().nonnegative() }).nullable(),
});

export type TenantCommand =
  | Command<'CreateTenant', z.infer<typeof createTenant>>
  | Command<'SuspendTenant', z.infer<typeof suspendTenant>>
  | Command<'SetTenantRateLimits', z.infer<typeof setTenantRateLimits>>
  | Command<'ResumeTenant', z.infer<typeof resumeTenant>>
  | Command<'DeleteTenant', z.infer<typeof deleteTenant>>
  | Command<'CompleteTenantDeletion', z.infer<typeof completeTenantDeletion>>;

/**
 * The tenant's uuid follows from its slug. So a slug names one tenant for ever, two that are created at the same moment meet in one
 * stream, and the edge finds a tenant by its slug without asking a view.
 */
export function tenantIdOf(slug: string): string {
  return derivedId('tenancy.tenant', slug);
}

export function tenantStream(tenant: string): StreamId {
  return streamId('tenancy.tenant', PLATFORM_TENANT, tenant);
}
