// Usage in the public schema.
import { ArgsType, Field, Float, ID, Int, ObjectType } from '@nestjs/graphql';
import type { RecordedEvent } from '@kari/kernel';
import { PageArgs } from '@kari/platform/graphql';
import { latencyBounds, quantile, type Histogram } from './histogram.rules.js';
import type { UsageMeasured } from './usage.events.js';
import type { UsageView } from './usage.view.js';

@ArgsType()
export class UsageArgs extends PageArgs {
  @Field(() => ID, { nullable: true, description: 'Default: every extension.' })
  extension?: string | null;

  @Field(() => Date, { nullable: true, description: 'First hour.' })
  from?: Date | null;

  @Field(() => Date, { nullable: true, description: 'The hour after the last.' })
  to?: Date | null;

  @Field(() => String, { nullable: true, description: 'A position that the answer must have seen.' })
  waitFor?: string | null;
}

@ObjectType({ description: 'How often a call failed for one reason.' })
export class ErrorCount {
  @Field(() => String)
  code!: string;

  @Field(() => Int)
  count!: number;
}

@ObjectType({ description: 'Calls that took up to so long, and longer than the bucket before.' })
export class LatencyBucket {
  @Field(() => Int, { nullable: true, description: 'Milliseconds, inclusive; null: everything slower than the bucket before.' })
  upTo!: number | null;

  @Field(() => Int)
  calls!: number;
}

@ObjectType({ description: 'How long calls took, in milliseconds; from buckets, so exact to the bucket.' })
export class Latency {
  @Field(() => Float, { nullable: true })
  p50!: number | null;

  @Field(() => Float, { nullable: true })
  p95!: number | null;

  @Field(() => Float, { nullable: true })
  p99!: number | null;

  @Field(() => [LatencyBucket])
  buckets!: LatencyBucket[];
}

@ObjectType({ description: 'What one extension used in this tenant during one hour.' })
export class Usage {
  @Field(() => ID)
  extension!: string;

  @Field(() => String, { description: 'The version measured last.' })
  version!: string;

  @Field(() => Date)
  hour!: Date;

  @Field(() => Int)
  calls!: number;

  @Field(() => Int)
  failed!: number;

  @Field(() => [ErrorCount])
  errors!: ErrorCount[];

  @Field(() => Latency)
  latency!: Latency;

  @Field(() => Float)
  cpuMilliseconds!: number;

  @Field(() => Float)
  peakMemoryBytes!: number;
}

@ObjectType({ description: 'A few seconds of usage, as they were measured.' })
export class MeasuredUsage extends Usage {
  @Field(() => String, { description: 'Where to resume.' })
  position!: string;
}

export function usageOf(row: UsageView): Usage {
  return {
    extension: row.extension,
    version: row.version,
    hour: row.hour,
    calls: Number(row.calls),
    failed: Number(row.failed),
    errors: errorsOf(row.errors),
    latency: latencyOf(row.latency),
    cpuMilliseconds: Number(row.cpuMilliseconds),
    peakMemoryBytes: Number(row.peakMemoryBytes),
  };
}

export function measuredUsageOf(event: RecordedEvent): MeasuredUsage {
  const { extension, version, hour, calls, errors, latency, cpuMilliseconds, peakMemoryBytes } = event.data as UsageMeasured;
  const counted = errorsOf(errors);
  const failed = counted.reduce((sum, { count }) => sum + count, 0);
  return {
    position: event.position,
    extension,
    version,
    hour: new Date(hour),
    calls,
    failed,
    errors: counted,
    latency: latencyOf(latency),
    cpuMilliseconds,
    peakMemoryBytes,
  };
}

function errorsOf(errors: Readonly<Record<string, number>>): ErrorCount[] {
  return Object.entries(errors)
    .map(([code, count]) => ({ code, count }))
    .sort((a, b) => b.count - a.count || a.code.localeCompare(b.code));
}

function latencyOf(histogram: Histogram): Latency {
  const buckets = histogram.map((calls, index) => ({ upTo: latencyBounds[index] ?? null, calls }));
  return { p50: quantile(histogram, 0.5), p95: quantile(histogram, 0.95), p99: quantile(histogram, 0.99), buckets };
}
