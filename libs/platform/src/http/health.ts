// Whether the process lives, and whether it can serve: a list of checks that every part of the platform may add to.
import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, TIMERS, type Clock, type Timers } from '@kari/kernel';
import { Registry } from '@kari/platform/registry';

export const HEALTH_CHECKS = Symbol('Registry<HealthCheck>');

export interface HealthVerdict {
  readonly ok: boolean;
  /** In words, for an operator; anyone may read it, so never an address or a secret. */
  readonly detail: string;
}

export interface HealthCheck {
  readonly name: string;
  check(): Promise<HealthVerdict> | HealthVerdict;
}

export interface HealthReport {
  readonly ok: boolean;
  readonly checks: readonly ({ readonly name: string } & HealthVerdict)[];
}

const SLOWEST_CHECK = 2_000;
const FRESH_FOR = 500;

export function createHealthChecks(): Registry<HealthCheck> {
  return new Registry<HealthCheck>('health check', (check) => check.name);
}

@Injectable()
export class Health {
  private stopping = false;
  private last: { readonly at: number; readonly report: Promise<HealthReport> } | null = null;

  constructor(
    @Inject(HEALTH_CHECKS) private readonly checks: Registry<HealthCheck>,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(TIMERS) private readonly timers: Timers,
  ) {}

  /** From now on not ready: whoever balances load looks elsewhere while the work in hand ends. */
  leave(): void {
    this.stopping = true;
    this.last = null;
  }

  /** Probes share one run: a flood of them costs one check. */
  ready(): Promise<HealthReport> {
    const now = this.clock.monotonic();
    if (this.last === null || now - this.last.at > FRESH_FOR) this.last = { at: now, report: this.run() };
    return this.last.report;
  }

  private async run(): Promise<HealthReport> {
    if (this.stopping) return { ok: false, checks: [{ name: 'process', ok: false, detail: 'stopping' }] };
    const checks = await Promise.all(this.checks.all().map(async (check) => ({ name: check.name, ...(await this.verdictOf(check)) })));
    return { ok: checks.every((check) => check.ok), checks };
  }

  private async verdictOf(check: HealthCheck): Promise<HealthVerdict> {
    const waiting = new AbortController();
    const late = this.timers.sleep(SLOWEST_CHECK, waiting.signal).then(
      () => ({ ok: false, detail: `no answer within ${SLOWEST_CHECK} ms` }),
      () => ({ ok: false, detail: 'cancelled' }),
    );
    try {
      return await Promise.race([Promise.resolve(check.check()), late]);
    } catch (error) {
      return { ok: false, detail: error instanceof Error ? error.name : 'failed' };
    } finally {
      waiting.abort();
    }
  }
}
