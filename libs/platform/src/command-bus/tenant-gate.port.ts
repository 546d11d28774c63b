// Whether work may be done in a tenant at this moment. Asked at the edge and by the bus; read from the log, never from a projection.

export const TENANT_GATE = Symbol('TenantGate');

/** `unknown`: no such tenant. `_` is always `open`. */
export type TenantStanding = 'open' | 'suspended' | 'deleted' | 'unknown';

export interface TenantGate {
  /** Takes the tenant's uuid or `_`; throws `Unavailable` when the log cannot be read. */
  standing(tenant: string): Promise<TenantStanding>;
}
