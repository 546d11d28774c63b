// What health and metrics say of sandboxes: the proven level with its reason, standing warnings, and how many run.
import type { HealthCheck } from '@kari/platform/http';
import type { MetricsRegistry } from '@kari/platform/telemetry';
import { Gauge } from 'prom-client';
import type { Isolation } from '../level/isolation.js';
import { levels } from '../level/level.rules.js';
import type { LevelPolicy } from '../level/level-policy.js';
import { levelWarnings } from '../level/minimum-level.decider.js';
import type { SandboxHost } from '../supervision/sandbox-host.js';

export function sandboxHealth(host: SandboxHost, isolation: Isolation, policy: LevelPolicy): HealthCheck {
  return {
    name: 'sandbox',
    check: async () => {
      if (!host.isServing) return { ok: true, detail: 'this process hosts no sandboxes' };
      const warnings = levelWarnings(await policy.minimums());
      const detail = [`level ${host.describe()}`, ...warnings.map((warning) => `WARNING: ${warning}`)].join('; ');
      return { ok: isolation.report().level !== null, detail };
    },
  };
}

export function registerSandboxMetrics(registry: MetricsRegistry, host: SandboxHost, isolation: Isolation): void {
  registry.registerMetric(
    new Gauge({
      name: 'kari_sandboxes_running',
      help: 'Sandbox processes that run now.',
      registers: [],
      collect() {
        this.set(host.runningCount);
      },
    }),
  );
  registry.registerMetric(
    new Gauge({
      name: 'kari_sandbox_level',
      help: 'Isolation level proven by the self-test: 1 for the one reached.',
      labelNames: ['level'],
      registers: [],
      collect() {
        for (const level of levels) this.set({ level }, isolation.report().level === level ? 1 : 0);
      },
    }),
  );
}
