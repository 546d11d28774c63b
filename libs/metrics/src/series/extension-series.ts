// Figures of extensions for Prometheus. Labels come from outside, so their number is bounded: what comes after the last place is counted together.
import type { MetricsRegistry } from '@kari/platform/telemetry';
import type { SandboxObserver } from '@kari/sandbox/contract';
import { Counter, Gauge, Histogram } from 'prom-client';
import { latencyBounds } from '../usage/histogram.rules.js';

const MOST_PAIRS = 500;
const MOST_CUSTOM = 1_000;
const OTHER = 'other';

type Called = Parameters<SandboxObserver['called']>[0];
type Consumed = Parameters<SandboxObserver['consumed']>[0];
type Measured = Parameters<SandboxObserver['measured']>[0];

export class ExtensionSeries {
  private readonly pairs = new Set<string>();
  private readonly custom = new Set<string>();
  private readonly calls: Counter<'tenant' | 'extension' | 'outcome'>;
  private readonly seconds: Histogram<'tenant' | 'extension'>;
  private readonly cpu: Counter<'tenant' | 'extension'>;
  private readonly memory: Gauge<'tenant' | 'extension'>;
  private readonly values: Gauge<'tenant' | 'extension' | 'metric' | 'labels'>;

  constructor(registry: MetricsRegistry) {
    const registers = [registry];
    const labelNames = ['tenant', 'extension'] as const;
    this.calls = new Counter({
      name: 'kari_extension_calls_total',
      help: 'Calls into extensions.',
      labelNames: [...labelNames, 'outcome'],
      registers,
    });
    this.seconds = new Histogram({
      name: 'kari_extension_call_seconds',
      help: 'Time of calls into extensions.',
      labelNames,
      buckets: latencyBounds.map((bound) => bound / 1_000),
      registers,
    });
    this.cpu = new Counter({ name: 'kari_extension_cpu_seconds_total', help: 'CPU time of sandboxes.', labelNames, registers });
    this.memory = new Gauge({ name: 'kari_extension_memory_bytes', help: 'Memory of sandboxes.', labelNames, registers });
    this.values = new Gauge({
      name: 'kari_extension_metric',
      help: 'Values that extensions report under names of their own.',
      labelNames: [...labelNames, 'metric', 'labels'],
      registers,
    });
  }

  called(call: Called): void {
    const labels = this.labelsOf(call);
    this.calls.inc({ ...labels, outcome: call.error === null ? 'ok' : 'failed' });
    this.seconds.observe(labels, Math.max(0, call.milliseconds) / 1_000);
  }

  consumed(use: Consumed): void {
    const labels = this.labelsOf(use);
    this.cpu.inc(labels, Math.max(0, use.cpuMilliseconds) / 1_000);
    this.memory.set(labels, use.memoryBytes);
  }

  measured(sample: Measured): void {
    if (!Number.isFinite(sample.value)) return;
    const given = Object.entries(sample.labels)
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([name, value]) => `${name}=${value}`)
      .join(',')
      .slice(0, 200);
    const labels = { ...this.labelsOf(sample), metric: sample.name.slice(0, 80), labels: given };
    const key = JSON.stringify(labels);
    if (!this.custom.has(key) && this.custom.size >= MOST_CUSTOM) return;
    this.custom.add(key);
    this.values.set(labels, sample.value);
  }

  private labelsOf({ tenant, extension }: { readonly tenant: string; readonly extension: string }): { tenant: string; extension: string } {
    const key = `${tenant} ${extension}`;
    if (!this.pairs.has(key)) {
      if (this.pairs.size >= MOST_PAIRS) return { tenant: OTHER, extension: OTHER };
      this.pairs.add(key);
    }
    return { tenant, extension };
  }
}
