// How much each tenant may ask for. The owner of tenants answers; the edge and the broker keep to it.

export const RATE_LIMITS = Symbol('RateLimits');

/** Each counted over all processes, in operations a second; two seconds' worth may come at once. */
export interface RateLimits {
  /** Root fields that all callers of the tenant ask for. */
  readonly tenant: number;
  /** Root fields that are asked for with one token, its sessions included. */
  readonly token: number;
  /** Calls that one extension makes to the platform. */
  readonly extension: number;
}

/** What a tenant has of its own; a part left out is as for every tenant. */
export type OwnRateLimits = { readonly [Scope in keyof RateLimits]?: number | undefined };

export interface RateLimitsOf {
  /** What was set for that tenant; null: what holds for all. Never waits. */
  limitsOf(tenant: string): OwnRateLimits | null;
}
