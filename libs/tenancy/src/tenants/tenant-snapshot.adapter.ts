// All tenants in memory, following the log: what sandboxes, schedules and sockets ask synchronously. Refuses to answer once it is not
// known to follow: an old list could let a suspended tenant's work go on.
import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import {
  CLOCK,
  EVENT_STORE,
  rejected,
  START,
  TIMERS,
  type Clock,
  type EventStore,
  type Position,
  type Subscription,
  type SubscriptionBatch,
  type Timer,
  type Timers,
} from '@kari/kernel';
import { LOGGER, type Logger } from '@kari/platform/telemetry';
import type { OwnRateLimits, RateLimitsOf } from '@kari/platform/quotas';
import type { Tenant, Tenants, TenantStatus } from '../contract.js';
import { tenantStream } from './tenant.commands.js';
import { tenantDecider, type TenantState } from './tenant.decider.js';
import type { TenantEvent } from './tenant.events.js';

const STATUS: Readonly<Record<Exclude<TenantState['status'], 'none'>, TenantStatus>> = {
  active: 'active',
  suspended: 'suspended',
  deleting: 'suspended',
  deleted: 'deleted',
};
const CATEGORIES = ['tenancy.tenant'];
const PROBE_MS = 1_000;
/** Longest time without proof that the end of the log was seen. */
const STALE_MS = 5_000;

@Injectable()
export class TenantSnapshot implements Tenants, RateLimitsOf, OnModuleInit, OnApplicationShutdown {
  private readonly states = new Map<string, TenantState>();
  private readonly tenants = new Map<string, Tenant>();
  private readonly bySlug = new Map<string, Tenant>();
  private readonly listeners = new Set<(tenant: Tenant) => void>();
  private position: Position = START;
  private subscription: Subscription | null = null;
  private probing: Timer | null = null;
  private stopped = false;
  /** Monotonic moment at which the fold was last known to be at the end of the log. */
  private followedAt: number | null = null;

  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(TIMERS) private readonly timers: Timers,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Resolves once the fold has seen the log as it stands now; where the log is out of reach it stays stale, and goes on trying. */
  async onModuleInit(): Promise<void> {
    this.follow();
    this.probing = this.timers.every(PROBE_MS, () => void this.probe());
    await this.probe();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    this.probing?.cancel();
    await this.subscription?.stop();
  }

  find(idOrSlug: string): Tenant | null {
    this.refuseStale();
    return this.tenants.get(idOrSlug) ?? this.bySlug.get(idOrSlug) ?? null;
  }

  all(): readonly Tenant[] {
    this.refuseStale();
    return [...this.tenants.values()];
  }

  /** The last known: a share is no right, and an old one is better than none. */
  limitsOf(tenant: string): OwnRateLimits | null {
    const state = this.states.get(tenantStream(tenant));
    return state === undefined || state.status === 'none' ? null : state.limits;
  }

  onChange(listener: (tenant: Tenant) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private refuseStale(): void {
    if (this.followedAt === null || this.clock.monotonic() - this.followedAt > STALE_MS) throw rejected('TENANCY_SNAPSHOT_STALE');
  }

  private follow(): void {
    const options = { after: this.position, filter: { categories: CATEGORIES } };
    this.subscription = this.store.subscribe(options, (batch) => Promise.resolve(this.take(batch)));
    this.subscription.ended.catch((error: unknown) => {
      if (this.stopped) return;
      this.logger.error({ error }, 'the list of tenants lost the log; it follows it anew');
      this.timers.after(PROBE_MS, () => {
        if (!this.stopped) this.follow();
      });
    });
  }

  // What is proved is how things stood when the question was asked, not when the answer came.
  private async probe(): Promise<void> {
    const askedAt = this.clock.monotonic();
    try {
      await this.subscription?.reached(await this.store.head());
      this.followedAt = Math.max(this.followedAt ?? 0, askedAt);
    } catch (error) {
      this.logger.warn({ error }, 'the list of tenants is not known to follow the log');
    }
  }

  private take(batch: SubscriptionBatch): void {
    for (const event of batch.events) {
      const before = this.states.get(event.stream) ?? tenantDecider.initialState;
      const state = tenantDecider.evolve(before, event as unknown as TenantEvent);
      this.states.set(event.stream, state);
      if (state.status !== 'none') this.show({ id: state.tenant, slug: state.slug, status: STATUS[state.status] });
    }
    this.position = batch.position;
  }

  private show(tenant: Tenant): void {
    const before = this.tenants.get(tenant.id);
    this.tenants.set(tenant.id, tenant);
    this.bySlug.set(tenant.slug, tenant);
    if (before?.status === tenant.status) return;
    for (const listener of this.listeners) {
      try {
        listener(tenant);
      } catch (error) {
        this.logger.error({ error, tenant: tenant.id }, 'a listener to changes of tenants failed');
      }
    }
  }
}
