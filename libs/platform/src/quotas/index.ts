// How often something may be asked for, counted over all processes.
export { MemoryQuotaStore } from './memory-quota-store.adapter.js';
export { quotaMigrations } from './migrations.js';
export { PostgresQuotaStore } from './postgres-quota-store.adapter.js';
export { QUOTA_STORE, type QuotaStore } from './quota-store.port.js';
export { rateOf, type Rate } from './quota.rules.js';
export { Quotas, type QuotaParts } from './quotas.js';
export { RATE_LIMITER, RateLimiter, type Asking, type RateLimiterParts, type RateScope } from './rate-limiter.js';
export { RATE_LIMITS, type OwnRateLimits, type RateLimits, type RateLimitsOf } from './rate-limits.port.js';
