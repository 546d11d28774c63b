// The only wish of this context: write down what was measured. The platform's own; nobody holds its right.
import { streamId, type Command, type StreamId } from '@kari/kernel';
import type { UsageMeasured } from './usage.events.js';

export type MeasureExtensionUsage = Command<'MeasureExtensionUsage', UsageMeasured>;

/** One stream for each hour: handling a command reads its stream, and one for the life of an extension would make that slower for ever. */
export function usageStream(tenant: string, extension: string, hour: string): StreamId {
  return streamId('metrics.usage', tenant, `${extension}~${hour.slice(0, 13)}`);
}
