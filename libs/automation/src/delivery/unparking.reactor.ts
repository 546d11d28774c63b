// Carries an operator's decision about a parked delivery into the queue.
import { Inject, Injectable } from '@nestjs/common';
import type { RecordedEvent } from '@kari/kernel';
import type { Reactor } from '@kari/platform/registry';
import { DeliveryQueue } from './delivery-queue.js';
import type { ParkedEventEvent } from './parked-event.events.js';

@Injectable()
export class Unparking implements Reactor {
  readonly name = 'automation.unparking';
  readonly handles = ['EventDeliveryRetried', 'EventDeliveryDropped'] as const;
  readonly runs = 'once';

  constructor(@Inject(DeliveryQueue) private readonly queue: DeliveryQueue) {}

  async react(event: RecordedEvent): Promise<void> {
    const { type, data } = event as RecordedEvent & ParkedEventEvent;
    // Its stream alternates: parked, decided, parked, decided ...
    const parking = Number((event.revision + 1n) / 2n);
    await this.queue.unpark(event.meta.tenant, data.subscriber, data.event, parking, type === 'EventDeliveryRetried' ? 'retry' : 'drop');
  }
}
