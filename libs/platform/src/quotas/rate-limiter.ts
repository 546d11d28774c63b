// Refuses whoever asks too often, before anything is run for them. The first refusal of a bout is audited; those behind it are counted alone, since
// writing each down would cost what the limit is there to save.
import { rejected, type ActorKind, type Audit, type AuditRecord, type Clock } from '@kari/kernel';
import type { MetricsRegistry } from '@kari/platform/telemetry';
import { Counter } from 'prom-client';
import { rateOf, type Rate } from './quota.rules.js';
import type { Quotas } from './quotas.js';
import type { RateLimits, RateLimitsOf } from './rate-limits.port.js';

export const RATE_LIMITER = Symbol('RateLimiter');

/** Refusals of the same caller this close together are one bout. */
const BOUT_MS = 10_000;
const MOST_BOUTS = 10_000;

export type RateScope = keyof RateLimits;

/** One call of a route of an extension. */
export interface RouteUse {
  readonly extension: string;
  /** Whose count it is, as the manifest says: the route, and the caller, address or tenant. */
  readonly share: string;
  readonly rate: Rate;
}

/** On whose account something is asked for. */
export interface Asking {
  readonly tenant: string;
  readonly actor: string;
  readonly actorKind: ActorKind;
  /** What the refusal is called in the audit trail. */
  readonly operation: string;
  readonly correlationId: string;
}

export interface RateLimiterParts {
  readonly quotas: Pick<Quotas, 'take'>;
  readonly limits: RateLimitsOf;
  readonly defaults: RateLimits;
  readonly audit: Audit;
  readonly clock: Clock;
  readonly metrics: MetricsRegistry;
}

export class RateLimiter {
  private readonly refused: Counter<'scope'>;
  private readonly bouts = new Map<string, number>();

  constructor(private readonly parts: RateLimiterParts) {
    this.refused = new Counter({
      name: 'kari_rate_limited_total',
      help: 'Requests and broker calls refused because their tenant, token or extension asked too often.',
      labelNames: ['scope'],
      registers: [parts.metrics],
    });
  }

  /** So many root fields with that token. The token first: one that is used too often takes nothing from its tenant. Throws `Rejection`. */
  async operations(asking: Asking, token: string, count: number): Promise<void> {
    await this.take('token', `${asking.tenant}~${token}`, asking, count);
    await this.take('tenant', asking.tenant, asking, count);
  }

  /** One call of an extension to the platform. Throws `Rejection`. */
  async extensionCall(asking: Asking): Promise<void> {
    await this.take('extension', `${asking.tenant}~${asking.actor}`, asking, 1);
  }

  /** One call that comes in for an extension: what the route allows its caller, then what the extension may be asked at all. Throws `Rejection`. */
  async routeCall(asking: Asking, { extension, share, rate }: RouteUse): Promise<void> {
    await this.spend('route', `route:${asking.tenant}~${extension}~${share}`, rate, asking, 1);
    const perSecond = this.perSecond('extension', asking.tenant);
    await this.spend('extension', `incoming:${asking.tenant}~${extension}`, rateOf(perSecond), asking, 1);
  }

  private async take(scope: RateScope, id: string, asking: Asking, count: number): Promise<void> {
    await this.spend(scope, `${scope}:${id}`, rateOf(this.perSecond(scope, asking.tenant)), asking, count);
  }

  private perSecond(scope: RateScope, tenant: string): number {
    return this.parts.limits.limitsOf(tenant)?.[scope] ?? this.parts.defaults[scope];
  }

  private async spend(scope: RateScope | 'route', key: string, rate: Rate, asking: Asking, count: number): Promise<void> {
    const wait = await this.parts.quotas.take(key, rate, count);
    if (wait === 0) return;
    this.refused.inc({ scope });
    const perSecond = Math.round(rate.perSecond * 1_000) / 1_000;
    const facts = { scope, perSecond, retryAfterSeconds: Math.max(1, Math.ceil(wait / 1000)) };
    if (this.isFirst(key)) await this.record(asking, facts);
    throw rejected('REQUEST_RATE_LIMITED', facts);
  }

  private isFirst(key: string): boolean {
    const now = this.parts.clock.monotonic();
    const last = this.bouts.get(key);
    if (this.bouts.size >= MOST_BOUTS) for (const [old, at] of this.bouts) if (now - at > BOUT_MS) this.bouts.delete(old);
    this.bouts.set(key, now);
    return last === undefined || now - last > BOUT_MS;
  }

  private async record({ tenant, actor, actorKind, operation, correlationId }: Asking, facts: AuditRecord['facts']): Promise<void> {
    await this.parts.audit.record({
      tenant,
      actor,
      actorKind,
      operation,
      outcome: 'denied',
      subject: null,
      code: 'REQUEST_RATE_LIMITED',
      ...(facts === undefined ? {} : { facts }),
      correlationId,
    });
  }
}
