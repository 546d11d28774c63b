// How often something may be asked for, counted over all processes.
export { MemoryQuotaStore } from './memory-quota-store.adapter.js';
export { MemoryReservationStore } from './memory-reservation-store.adapter.js';
export { quotaMigrations } from './migrations.js';
export { PostgresQuotaStore } from './postgres-quota-store.adapter.js';
export { PostgresReservationStore } from './postgres-reservation-store.adapter.js';
export { QUOTA_STORE, type QuotaStore } from './quota-store.port.js';
export { rateIn, rateOf, type Rate } from './quota.rules.js';
export { Quotas, type QuotaParts } from './quotas.js';
export type { ReservationStore } from './reservation-store.port.js';
export type { Pace } from './reservation.rules.js';
export { RESERVATIONS, Reservations } from './reservations.js';
export { RATE_LIMITER, RateLimiter, type Asking, type RateLimiterParts, type RateScope, type RouteUse } from './rate-limiter.js';
export { RATE_LIMITS, type OwnRateLimits, type RateLimits, type RateLimitsOf } from './rate-limits.port.js';
