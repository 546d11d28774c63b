// Follows the log in order: who begins to wait, who ends, and what happens. So an event finds exactly those that were waiting durably when it
// was published, whoever was killed since.
import { Inject, Injectable } from '@nestjs/common';
import { automationEvents, TENANT_EVENTS, type TenantEvents } from '@kari/automation/contract';
import { idOf, type RecordedEvent } from '@kari/kernel';
import type { Reactor } from '@kari/platform/registry';
import { TENANTS, tenancyEvents, type Tenants } from '@kari/tenancy/contract';
import type { RunEvent } from '../run/run.events.js';
import { ListenerTable } from './listener-table.js';
import { SignalQueue } from './signal-queue.js';
import { SignalOffers } from './signal-offers.js';

@Injectable()
export class Listening implements Reactor {
  readonly name = 'workflow.listening';
  readonly handles = [
    'EventAwaited',
    'EventUnawaited',
    automationEvents.extensionEventPublished,
    automationEvents.cloudEventPublished,
    tenancyEvents.tenantDeleted,
  ] as const;
  readonly runs = 'once';

  constructor(
    private readonly listeners: ListenerTable,
    private readonly queue: SignalQueue,
    private readonly offers: SignalOffers,
    @Inject(TENANT_EVENTS) private readonly events: TenantEvents,
    @Inject(TENANTS) private readonly tenants: Tenants,
  ) {}

  async react(recorded: RecordedEvent): Promise<void> {
    const { tenant, correlationId } = recorded.meta;
    if (recorded.type === tenancyEvents.tenantDeleted) return this.forget(idOf(recorded.stream));
    const event = recorded as RecordedEvent & RunEvent;
    switch (event.type) {
      case 'EventAwaited': {
        const { task, filters, until } = event.data;
        // A run that goes on in what is left of its tenant waits for nothing that could come.
        if (this.tenants.find(tenant)?.status === 'deleted') return;
        return this.listeners.add(tenant, idOf(event.stream), task, [...filters, ...(until?.filters ?? [])], event.position);
      }
      case 'EventUnawaited':
        return this.listeners.remove(tenant, idOf(event.stream), event.data.task, event.position);
      default: {
        const document = this.events.read(recorded);
        if (document === null) return;
        const { id, position } = recorded;
        if (await this.queue.add({ tenant, id, position, correlationId, document })) this.offers.look();
      }
    }
  }

  private async forget(tenant: string): Promise<void> {
    await this.listeners.forgetTenant(tenant);
    await this.queue.forgetTenant(tenant);
  }
}
