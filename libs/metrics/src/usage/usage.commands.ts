// The only wish of this context: write down what was measured. The platform's own; nobody holds its right.
import { streamId, type Command, type CommandDefinition, type StreamId } from '@kari/kernel';
import { usageDecider, type UsageState } from './usage.decider.js';
import { usageMeasured, type UsageEvent, type UsageMeasured } from './usage.events.js';

export type MeasureExtensionUsage = Command<'MeasureExtensionUsage', UsageMeasured>;

/** One stream for each hour: handling a command reads its stream, and one for the life of an extension would make that slower for ever. */
export function usageStream(tenant: string, extension: string, hour: string): StreamId {
  return streamId('metrics.usage', tenant, `${extension}~${hour.slice(0, 13)}`);
}

export const measureExtensionUsage: CommandDefinition<MeasureExtensionUsage, UsageEvent, UsageState> = {
  type: 'MeasureExtensionUsage',
  schema: usageMeasured,
  right: 'usage.measure',
  scope: 'tenant',
  // What was used before a suspension was used all the same.
  whileSuspended: 'system',
  stream: (data, tenant) => usageStream(tenant, data.extension, data.hour),
  subject: (data) => `extension:${data.extension}`,
  decider: usageDecider,
};
