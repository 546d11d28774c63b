// What happened to deliveries that went wrong too often.
import type { DomainEvent } from '@kari/kernel';
import type { z } from 'zod';
import { dropParkedEvent, parkEvent, retryParkedEvent } from './parked-event.commands.js';

export type ParkedEventEvent =
  | DomainEvent<'EventDeliveryParked', z.infer<typeof parkEvent>>
  | DomainEvent<'EventDeliveryRetried', z.infer<typeof retryParkedEvent>>
  | DomainEvent<'EventDeliveryDropped', z.infer<typeof dropParkedEvent>>;

export const parkedEventEvents = [
  { type: 'EventDeliveryParked', version: 1, schema: parkEvent },
  { type: 'EventDeliveryRetried', version: 1, schema: retryParkedEvent },
  { type: 'EventDeliveryDropped', version: 1, schema: dropParkedEvent },
] as const;
