// Takes published events from the bus and queues one delivery for each subscriber; the bus goes on once the rows are durable.
import { Inject, Injectable } from '@nestjs/common';
import { Rejection, Unavailable } from '@kari/kernel';
import { INSTALLATIONS, type Installation, type Installations } from '@kari/extension/contract';
import { BUS, type Bus, type BusMessage, type BusSubscription, type CloudEvent } from '@kari/platform/bus';
import type { CloudEventPublished } from '../events/cloud-event.events.js';
import { keyOf } from '../events/cloud-event.rules.js';
import type { ExtensionEvent } from '../events/extension-event.events.js';
import { subscribersOf } from '../events/extension-event.rules.js';
import { DeliveryQueue } from './delivery-queue.js';

const GROUP = 'automation.fan-out';
const TOPIC = 'kari.automation.v1';

@Injectable()
export class EventFanOut {
  constructor(
    @Inject(BUS) private readonly bus: Bus,
    @Inject(INSTALLATIONS) private readonly installations: Installations,
    @Inject(DeliveryQueue) private readonly queue: DeliveryQueue,
  ) {}

  start(queued: () => void): BusSubscription {
    return this.bus.subscribe({
      group: GROUP,
      topics: [TOPIC],
      handle: async (message) => {
        if (await this.queueFor(message)) queued();
      },
    });
  }

  /** Answers whether anybody listens. */
  async queueFor({ event, key: stream }: BusMessage): Promise<boolean> {
    const published = publishedIn(event);
    if (published === null) return false;
    const { extension, type, key, data } = published;
    const subscribers = subscribersOf(this.installed(event.tenant), type);
    await this.queue.add(
      {
        id: event.id,
        tenant: event.tenant,
        stream,
        position: event.position,
        extension,
        type,
        key,
        data,
        publishedAt: event.time,
        correlationId: event.correlationid,
      },
      subscribers,
    );
    return subscribers.length > 0;
  }

  /** A snapshot that does not follow the log yet is no reason to park: the event waits until it does. */
  private installed(tenant: string): readonly Installation[] {
    try {
      return this.installations.ofTenant(tenant);
    } catch (error) {
      throw error instanceof Rejection ? new Unavailable(error.code, true, { cause: error }) : error;
    }
  }
}

/** What an extension published, or a workflow, or who sent it in: `extension` is the name of the first, `workflow` or `sent`. */
function publishedIn({ type, data }: CloudEvent): ExtensionEvent['data'] | null {
  if (type === 'ExtensionEventPublished') return data as ExtensionEvent['data'];
  if (type !== 'CloudEventPublished') return null;
  const { origin, event } = data as CloudEventPublished['data'];
  return { extension: origin, type: event.type, key: keyOf(event), data: event.data ?? null };
}
