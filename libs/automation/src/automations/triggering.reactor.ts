// Follows the log in order: which automations there are, and what happens. So an event is queued for exactly those that were enabled when it was
// published.
import { Injectable } from '@nestjs/common';
import type { RecordedEvent } from '@kari/kernel';
import type { Reactor } from '@kari/platform/registry';
import { DeliveryQueue } from '../delivery/delivery-queue.js';
import { dressed } from '../events/cloud-event.rules.js';
import type { AutomationEvent } from './automation.events.js';
import { subscriberOf } from './automation.rules.js';
import { TriggerTable } from './trigger-table.js';

@Injectable()
export class Triggering implements Reactor {
  readonly name = 'automation.triggering';
  readonly handles = [
    'AutomationSaved',
    'AutomationEnabled',
    'AutomationDisabled',
    'AutomationDeleted',
    'ExtensionEventPublished',
    'CloudEventPublished',
  ] as const;
  readonly runs = 'once';

  constructor(
    private readonly triggers: TriggerTable,
    private readonly queue: DeliveryQueue,
  ) {}

  async react(recorded: RecordedEvent): Promise<void> {
    const { tenant } = recorded.meta;
    const event = recorded as RecordedEvent & AutomationEvent;
    switch (event.type) {
      case 'AutomationSaved':
        return this.triggers.save(tenant, event.data);
      case 'AutomationEnabled':
      case 'AutomationDisabled':
        return this.triggers.enable(tenant, event.data.name, event.type === 'AutomationEnabled');
      case 'AutomationDeleted':
        return this.triggers.remove(tenant, event.data.name);
      default:
        return this.published(recorded);
    }
  }

  private async published(recorded: RecordedEvent): Promise<void> {
    const document = dressed(recorded);
    if (document === null) return;
    const { id, stream, position, meta } = recorded;
    const names = await this.triggers.answering(meta.tenant, document.type);
    await this.queue.add(
      {
        id,
        tenant: meta.tenant,
        stream,
        position,
        extension: document.kariorigin === 'extension' ? String(document['kariextension']) : document.kariorigin,
        type: document.type,
        key: document.subject ?? document.id,
        data: null,
        publishedAt: meta.occurredAt,
        correlationId: meta.correlationId,
        document,
      },
      names.map(subscriberOf),
    );
  }
}
