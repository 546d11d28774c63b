// What the command bus must know of measuring.
import type { CommandDefinition } from '@kari/kernel';
import { usageStream, type MeasureExtensionUsage } from './usage.commands.js';
import { usageDecider, type UsageState } from './usage.decider.js';
import { usageMeasured, type UsageEvent } from './usage.events.js';

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
