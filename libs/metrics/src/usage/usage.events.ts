// What one extension used in one tenant during some seconds of one hour, added up by one process. Stored for ever; numbers only, never a name of a person.
import type { DomainEvent, EventDefinition } from '@kari/kernel';
import { z } from 'zod';
import { latencyBuckets } from './histogram.rules.js';

const count = z.int().nonnegative();

export const usageMeasured = z.object({
  extension: z.string().max(80),
  version: z.string().max(64),
  /** Start of the hour, ISO 8601 in UTC. */
  hour: z.iso.datetime(),
  calls: count,
  /** Failed calls by code. */
  errors: z.record(z.string().max(64), count),
  /** Calls per latency bucket of `latencyBounds`. */
  latency: z.array(count).length(latencyBuckets),
  cpuMilliseconds: count,
  /** Most memory seen, in bytes. */
  peakMemoryBytes: count,
});

export type UsageMeasured = z.infer<typeof usageMeasured>;
export type UsageEvent = DomainEvent<'ExtensionUsageMeasured', UsageMeasured>;

export const usageEvents: readonly EventDefinition[] = [{ type: 'ExtensionUsageMeasured', version: 1, schema: usageMeasured }];
