// When a token was last used: kept in an ordinary table, gathered in memory and written now and then. Losing half a minute of it is fine;
// a write per request is not.
import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { TIMERS, type Timer, type Timers } from '@kari/kernel';
import { SYSTEM_DATABASE, type SystemDatabase } from '@kari/platform/database';
import { LOGGER, type Logger } from '@kari/platform/telemetry';

const EVERY_MS = 30_000;

@Injectable()
export class TokenUse implements OnModuleInit, OnApplicationShutdown {
  private readonly pending = new Map<string, { readonly tenant: string; readonly token: string; readonly at: number }>();
  private timer: Timer | null = null;

  constructor(
    @Inject(SYSTEM_DATABASE) private readonly database: SystemDatabase,
    @Inject(TIMERS) private readonly timers: Timers,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    this.timer = this.timers.every(EVERY_MS, () => void this.flush());
  }

  async onApplicationShutdown(): Promise<void> {
    this.timer?.cancel();
    await this.flush();
  }

  /** `at`: milliseconds since the epoch. */
  seen(tenant: string, token: string, at: number): void {
    this.pending.set(`${tenant}~${token}`, { tenant, token, at });
  }

  /** Never throws: whoever is let in must not be turned away over a note. */
  async flush(): Promise<void> {
    const uses = [...this.pending.values()];
    if (uses.length === 0) return;
    this.pending.clear();
    try {
      await this.database.query(
        `insert into tenancy.token_use (tenant, token, used_at)
         select * from unnest($1::text[], $2::uuid[], $3::timestamptz[])
         on conflict (tenant, token) do update set used_at = greatest(token_use.used_at, excluded.used_at)`,
        [uses.map((use) => use.tenant), uses.map((use) => use.token), uses.map((use) => new Date(use.at).toISOString())],
      );
    } catch (error) {
      for (const use of uses) if (!this.pending.has(`${use.tenant}~${use.token}`)) this.pending.set(`${use.tenant}~${use.token}`, use);
      this.logger.warn({ error, uses: uses.length }, 'the last use of API tokens could not be written; it is tried again');
    }
  }
}
