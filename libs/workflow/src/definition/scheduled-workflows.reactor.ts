// The schedule in a document starts runs for as long as that version is active, and no longer.
import { Inject, Injectable } from '@nestjs/common';
import { Rejection, type RecordedEvent } from '@kari/kernel';
import type { Reactor } from '@kari/platform/registry';
import { SCHEDULES, type AttachmentCause, type Schedules } from '@kari/schedule/contract';
import { workflowEvents } from '../contract.js';
import type { WorkflowEvent } from './definition.events.js';
import { DefinitionQueries } from './definition.queries.js';
import type { WorkflowDocument } from './document.js';
import { scheduleOf } from './schedule-of.rules.js';

const KIND = 'workflow';

@Injectable()
export class ScheduledWorkflows implements Reactor {
  readonly name = 'workflow.scheduled-workflows';
  readonly runs = 'once';
  readonly handles = [workflowEvents.activated, workflowEvents.deactivated, workflowEvents.deleted];

  constructor(
    @Inject(DefinitionQueries) private readonly queries: Pick<DefinitionQueries, 'version'>,
    @Inject(SCHEDULES) private readonly schedules: Schedules,
  ) {}

  async react(recorded: RecordedEvent): Promise<void> {
    const { type, data, meta, id, position } = recorded as RecordedEvent & WorkflowEvent;
    const cause: AttachmentCause = { tenant: meta.tenant, correlationId: meta.correlationId, eventId: id };
    try {
      if (type === 'WorkflowActivated') {
        const saved = await this.queries.version(meta.tenant, data.workflow, data.version, position);
        await this.follow(data.workflow, saved === null ? null : (JSON.parse(saved.document) as WorkflowDocument), cause);
      } else if (type === 'WorkflowDeactivated') await this.schedules.detach(KIND, data.workflow, cause);
      else if (type === 'WorkflowDeleted') await this.schedules.targetGone(KIND, data.workflow, cause);
    } catch (error) {
      // A document was judged when it was saved; what the scheduler refuses all the same is in the audit trail, and trying again changes nothing.
      if (!(error instanceof Rejection)) throw error;
    }
  }

  private follow(workflow: string, document: WorkflowDocument | null, cause: AttachmentCause): Promise<void> {
    const schedule = document === null ? null : scheduleOf(document);
    if (schedule === null || document === null) return this.schedules.detach(KIND, workflow, cause);
    const { title = workflow } = document.document;
    return this.schedules.attach({ kind: KIND, id: workflow, name: title.slice(0, 200), ...schedule }, cause);
  }
}
