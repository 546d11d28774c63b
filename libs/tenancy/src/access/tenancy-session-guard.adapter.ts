// Tells the edge whose open connections must prove themselves again: a token was revoked, roles changed, a tenant was closed.
import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import {
  EVENT_STORE,
  PLATFORM_TENANT,
  TIMERS,
  type EventStore,
  type Position,
  type RecordedEvent,
  type Subscription,
  type Timers,
} from '@kari/kernel';
import type { SessionDoubt, SessionGuard } from '@kari/platform/graphql';
import { LOGGER, type Logger } from '@kari/platform/telemetry';

const CATEGORIES = ['tenancy.tenant', 'tenancy.membership', 'tenancy.service-account', 'tenancy.token'];
const AGAIN_MS = 1_000;

@Injectable()
export class TenancySessionGuard implements SessionGuard, OnModuleInit, OnApplicationShutdown {
  private readonly listeners = new Set<(doubt: SessionDoubt) => void>();
  private subscription: Subscription | null = null;
  private stopped = false;

  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(TIMERS) private readonly timers: Timers,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.begin();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    await this.subscription?.stop();
  }

  onDoubt(listener: (doubt: SessionDoubt) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  // Sockets that are open now prove themselves when they open: only what comes after matters.
  private async begin(): Promise<void> {
    try {
      this.follow(await this.store.head());
    } catch (error) {
      this.again(error, () => void this.begin());
    }
  }

  private follow(after: Position): void {
    let position = after;
    this.subscription = this.store.subscribe({ after, filter: { categories: CATEGORIES } }, (batch) => {
      for (const event of batch.events) this.tell(event);
      position = batch.position;
      return Promise.resolve();
    });
    this.subscription.ended.catch((error: unknown) => this.again(error, () => this.follow(position)));
  }

  private again(error: unknown, work: () => void): void {
    if (this.stopped) return;
    this.logger.error({ error }, 'the session guard lost the log; it follows it anew');
    this.timers.after(AGAIN_MS, () => {
      if (!this.stopped) work();
    });
  }

  private tell(event: RecordedEvent): void {
    const doubt = doubtOf(event);
    if (doubt === null) return;
    for (const listener of this.listeners) {
      try {
        listener(doubt);
      } catch (error) {
        this.logger.error({ error }, 'a listener to doubtful sessions failed');
      }
    }
  }
}

/** Null when nobody loses anything. */
export function doubtOf(event: RecordedEvent): SessionDoubt | null {
  const data = event.data as Readonly<Record<string, string>>;
  switch (event.type) {
    case 'TenantSuspended':
    case 'TenantDeletionRequested':
      return { tenant: String(data['tenant']) };
    case 'MemberRolesChanged':
    case 'MemberRemoved':
      return of(event, data['member']);
    case 'ServiceAccountRolesChanged':
    case 'ServiceAccountRemoved':
      return of(event, data['serviceAccount']);
    case 'TokenRevoked':
      return of(event, undefined);
    default:
      return null;
  }
}

// The platform's own people act in every tenant.
function of(event: RecordedEvent, principal: string | undefined): SessionDoubt {
  const { tenant } = event.meta;
  return { ...(tenant === PLATFORM_TENANT ? {} : { tenant }), ...(principal === undefined ? {} : { principal }) };
}
