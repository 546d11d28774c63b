// The commands over parked deliveries: parking is the platform's own, the decision an operator's.
import { streamId } from '@kari/kernel';
import type { AnyCommandDefinition } from '@kari/platform/registry';
import { dropParkedEvent, parkEvent, retryParkedEvent } from './parked-event.commands.js';
import { parkedEventDecider } from './parked-event.decider.js';

interface Delivery {
  readonly subscriber: string;
  readonly event: string;
}

const common = {
  scope: 'tenant' as const,
  stream: ({ subscriber, event }: Delivery, tenant: string) => streamId('automation.delivery', tenant, `${subscriber}~${event}`),
  subject: ({ event }: Delivery) => `event:${event}`,
  decider: parkedEventDecider,
};

export const parkedEventCommands: readonly AnyCommandDefinition[] = [
  { ...common, type: 'ParkEvent', schema: parkEvent, right: 'event.deliver', whileSuspended: 'system' },
  { ...common, type: 'RetryParkedEvent', schema: retryParkedEvent, right: 'event.operate' },
  { ...common, type: 'DropParkedEvent', schema: dropParkedEvent, right: 'event.operate' },
];
