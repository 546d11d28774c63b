// Follows the log in order: which automations, scheduled workflows and tasks there are, and what happens. So an event is queued for exactly those that were enabled when it was
// published.
import { Inject, Injectable } from '@nestjs/common';
import { idOf, type DomainEvent, type RecordedEvent } from '@kari/kernel';
import type { Reactor } from '@kari/platform/registry';
import { tenancyEvents } from '@kari/tenancy/contract';
import { TASK_TRIGGERS, taskEvents, type TaskTriggers } from '@kari/schedule/contract';
import { WORKFLOW_TRIGGERS, workflowEvents, type WorkflowTriggers } from '@kari/workflow/contract';
import { DeliveryQueue } from '../delivery/delivery-queue.js';
import { dressed } from '../events/cloud-event.rules.js';
import type { AutomationEvent } from './automation.events.js';
import { subscriberOf, taskSubscriber, workflowSubscriber } from './automation.rules.js';
import { TriggerTable } from './trigger-table.js';

type WorkflowSwitched =
  | DomainEvent<'WorkflowActivated', { readonly workflow: string; readonly version: number }>
  | DomainEvent<'WorkflowDeactivated' | 'WorkflowDeleted', { readonly workflow: string }>;

const TASK_CHANGES: readonly string[] = Object.values(taskEvents);

@Injectable()
export class Triggering implements Reactor {
  readonly name = 'automation.triggering';
  readonly handles = [
    'AutomationSaved',
    'AutomationEnabled',
    'AutomationDisabled',
    'AutomationDeleted',
    workflowEvents.activated,
    workflowEvents.deactivated,
    workflowEvents.deleted,
    'ExtensionEventPublished',
    'CloudEventPublished',
    ...TASK_CHANGES,
    tenancyEvents.tenantDeleted,
  ];
  readonly runs = 'once';

  constructor(
    private readonly triggers: TriggerTable,
    private readonly queue: DeliveryQueue,
    @Inject(WORKFLOW_TRIGGERS) private readonly workflows: WorkflowTriggers,
    @Inject(TASK_TRIGGERS) private readonly tasks: TaskTriggers,
  ) {}

  async react(recorded: RecordedEvent): Promise<void> {
    if (recorded.type === tenancyEvents.tenantDeleted) return this.triggers.forgetTenant(idOf(recorded.stream));
    const { tenant } = recorded.meta;
    if (TASK_CHANGES.includes(recorded.type)) return this.taskChanged(tenant, (recorded.data as { readonly task: string }).task);
    const event = recorded as RecordedEvent & (AutomationEvent | WorkflowSwitched);
    switch (event.type) {
      case 'AutomationSaved':
        return this.triggers.save(tenant, subscriberOf(event.data.name), [event.data.type], event.data);
      case 'AutomationEnabled':
      case 'AutomationDisabled':
        return this.triggers.enable(tenant, subscriberOf(event.data.name), event.type === 'AutomationEnabled');
      case 'AutomationDeleted':
        return this.triggers.remove(tenant, subscriberOf(event.data.name));
      case 'WorkflowActivated': {
        const { workflow, version } = event.data;
        const types = await this.workflows.types(tenant, workflow, version);
        return this.triggers.save(tenant, workflowSubscriber(workflow), types, { workflow, version });
      }
      case 'WorkflowDeactivated':
      case 'WorkflowDeleted':
        return this.triggers.remove(tenant, workflowSubscriber(event.data.workflow));
      default:
        return this.published(recorded);
    }
  }

  private async taskChanged(tenant: string, task: string): Promise<void> {
    const type = await this.tasks.eventType(tenant, task);
    return this.triggers.save(tenant, taskSubscriber(task), type === null ? [] : [type], { task });
  }

  private async published(recorded: RecordedEvent): Promise<void> {
    const document = dressed(recorded);
    if (document === null) return;
    const { id, stream, position, meta } = recorded;
    const subscribers = await this.triggers.answering(meta.tenant, document.type);
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
      subscribers,
    );
  }
}
