// The health of extensions in a tenant, from the log, the sandboxes and, where it is wanted, the extension itself.
import { Inject, Injectable } from '@nestjs/common';
import type { RequestContext } from '@kari/kernel';
import { SANDBOXES, type Sandboxes, type SandboxStatus } from '@kari/sandbox/contract';
import { askHealth } from '../installation/hooks.js';
import { inWords } from '../installation/install-steps.js';
import type { ExtensionState } from '../lifecycle/extension-state.rules.js';
import { InstallationPlanQueries } from '../planning/installation-plan.queries.js';
import { EXTENSION_SETTINGS, type ExtensionSettings } from '../settings.js';
import { InstallationSnapshot } from '../snapshot/installation-snapshot.js';
import { healthOf, type Health, type HealthReport } from './health.rules.js';

/** A health check that takes longer is not healthy. */
const CHECK_MS = 5_000;

export interface ExtensionHealth extends Health {
  readonly extension: string;
  readonly sandbox: SandboxStatus | null;
}

@Injectable()
export class HealthQueries {
  constructor(
    @Inject(InstallationSnapshot) private readonly snapshot: InstallationSnapshot,
    @Inject(InstallationPlanQueries) private readonly plans: InstallationPlanQueries,
    @Inject(SANDBOXES) private readonly sandboxes: Sandboxes,
    @Inject(EXTENSION_SETTINGS) private readonly settings: ExtensionSettings,
  ) {}

  /** What is known; with `ask`, an enabled extension's onHealthCheck is run, which starts its sandbox. */
  async one(caller: RequestContext, extension: string, ask: boolean): Promise<ExtensionHealth> {
    const state = this.snapshot.entry(caller.tenant, extension)?.state ?? { status: 'absent' };
    const asked = ask && state.status === 'enabled' && !this.settings.safeBoot ? await this.ask(caller, extension) : null;
    return this.judged(caller.tenant, extension, state, asked);
  }

  all(tenant: string): readonly ExtensionHealth[] {
    return this.snapshot.ofTenant(tenant).map(({ extension }) => this.of(tenant, extension));
  }

  /** Without asking anyone. */
  of(tenant: string, extension: string): ExtensionHealth {
    const stale = this.snapshot.whyStale();
    if (stale !== null) return { extension, sandbox: null, status: 'unknown', reasons: [`it cannot be told now: ${stale}`] };
    return this.judged(tenant, extension, this.snapshot.entry(tenant, extension)?.state ?? { status: 'absent' }, null);
  }

  private judged(tenant: string, extension: string, state: ExtensionState, report: HealthReport | null): ExtensionHealth {
    const { safeBoot, obstacles } = this.plans.enableFacts(tenant, extension);
    const sandbox = this.sandboxes.statuses(tenant).find((status) => status.extension === extension) ?? null;
    return { extension, sandbox, ...healthOf({ state, safeBoot, sandbox, obstacles, report }) };
  }

  private async ask({ tenant, correlationId, commandId }: RequestContext, extension: string): Promise<HealthReport> {
    const target = { tenant, extension, occasion: `health/${commandId ?? correlationId}`, correlationId };
    try {
      return await askHealth(this.sandboxes, target, { deadlineMs: CHECK_MS });
    } catch (error) {
      return { healthy: false, reasons: [inWords(error)] };
    }
  }
}
