// What each extension used in each tenant, by the hour. Only sums, maxima and bucket counts are kept, so that the order of measurements does not matter.
import type { Projection } from '@kari/kernel';
import { addHistograms, emptyHistogram, type Histogram } from './histogram.rules.js';
import type { UsageEvent } from './usage.events.js';

export interface UsageRow extends Record<string, unknown> {
  readonly tenant: string;
  readonly extension: string;
  readonly hour: string;
  /** The version measured last. */
  readonly version: string;
  readonly calls: string;
  readonly failed: string;
  readonly errors: Readonly<Record<string, number>>;
  readonly latency: Histogram;
  readonly cpu_milliseconds: string;
  readonly peak_memory_bytes: string;
  readonly measured_at: string;
}

export const usageProjection: Projection<UsageRow> = {
  name: 'metrics.usage',
  version: 1,
  table: {
    name: 'metrics.usage',
    columns: {
      tenant: 'text',
      extension: 'text',
      hour: 'timestamp',
      version: 'text',
      calls: 'bigint',
      failed: 'bigint',
      errors: 'json',
      latency: 'json',
      cpu_milliseconds: 'bigint',
      peak_memory_bytes: 'bigint',
      measured_at: 'timestamp',
    },
    key: ['tenant', 'extension', 'hour'],
    tenantColumn: 'tenant',
    indexes: [['tenant', 'hour']],
  },
  handles: ['ExtensionUsageMeasured'],
  keyOf: (event) => {
    const { extension, hour } = (event as unknown as UsageEvent).data;
    return [event.meta.tenant, extension, hour];
  },
  evolve(row, event) {
    const { data } = event as unknown as UsageEvent;
    const failed = Object.values(data.errors).reduce((sum, count) => sum + count, 0);
    return {
      tenant: event.meta.tenant,
      extension: data.extension,
      hour: data.hour,
      version: data.version,
      calls: sum(row?.calls, data.calls),
      failed: sum(row?.failed, failed),
      errors: addErrors(row?.errors ?? {}, data.errors),
      latency: addHistograms(row?.latency ?? emptyHistogram, data.latency),
      cpu_milliseconds: sum(row?.cpu_milliseconds, data.cpuMilliseconds),
      peak_memory_bytes: String(Math.max(Number(row?.peak_memory_bytes ?? 0), data.peakMemoryBytes)),
      measured_at: event.meta.occurredAt,
    };
  },
};

function sum(before: string | undefined, more: number): string {
  return (BigInt(before ?? 0) + BigInt(more)).toString();
}

function addErrors(before: Readonly<Record<string, number>>, more: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  const added = new Map(Object.entries(before));
  for (const [code, count] of Object.entries(more)) added.set(code, (added.get(code) ?? 0) + count);
  return Object.fromEntries(added);
}
