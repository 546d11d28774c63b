// Takes one event for one automation, or for a workflow or a task that names its events itself: as it is now, so that what was parked goes on once it has
// been mended.
import { Inject, Injectable } from '@nestjs/common';
import { Rejection, Unavailable } from '@kari/kernel';
import { INSTALLATIONS, type Installations } from '@kari/extension/contract';
import { TASK_TRIGGERS, type TaskTriggers } from '@kari/schedule/contract';
import {
  EXPRESSIONS,
  TRIGGERED_RUNS,
  WORKFLOW_TRIGGERS,
  type Expressions,
  type TriggeredRuns,
  type WorkflowTriggers,
} from '@kari/workflow/contract';
import type { Delivery } from '../delivery/delivery-queue.js';
import type { Attempt, Subscriber } from '../delivery/subscriber.js';
import { mayHear } from '../events/extension-event.rules.js';
import { hopsOf, MOST_HOPS, starterOf } from './automation.rules.js';
import { TriggerTable, type TriggerForm } from './trigger-table.js';

@Injectable()
export class AutomationSubscriber implements Subscriber {
  constructor(
    private readonly triggers: TriggerTable,
    @Inject(EXPRESSIONS) private readonly expressions: Expressions,
    @Inject(WORKFLOW_TRIGGERS) private readonly workflows: WorkflowTriggers,
    @Inject(TRIGGERED_RUNS) private readonly runs: TriggeredRuns,
    @Inject(TASK_TRIGGERS) private readonly tasks: TaskTriggers,
    @Inject(INSTALLATIONS) private readonly installations: Installations,
  ) {}

  async attempt(delivery: Delivery): Promise<Attempt> {
    const trigger = await this.triggers.find(delivery.tenant, delivery.subscriber);
    if (trigger === null) return { code: 'AUTOMATION_NOT_SUBSCRIBED' };
    if (!trigger.enabled) return { code: 'AUTOMATION_DISABLED' };
    try {
      return await this.answer(trigger.form, delivery);
    } catch (error) {
      if (error instanceof Rejection) return { code: error.code };
      if (error instanceof Unavailable) return { code: 'REQUEST_UNAVAILABLE' };
      throw error;
    }
  }

  private async answer(form: TriggerForm, delivery: Delivery): Promise<Attempt> {
    if ('task' in form) return this.startDeclared(form.task, delivery);
    const { tenant, id, subscriber, type, document, correlationId } = delivery;
    const event = document ?? {};
    if ('type' in form && form.type !== type) return { code: 'AUTOMATION_NOT_SUBSCRIBED' };
    const passes =
      'type' in form
        ? form.filter === null || (await this.expressions.holds(form.filter, event))
        : await this.workflows.answers(tenant, form.workflow, form.version, event);
    if (!passes) return { code: null, result: { outcome: 'filtered' } };
    const hops = hopsOf(event);
    if (hops > MOST_HOPS) return { code: 'AUTOMATION_LOOP' };
    if ('type' in form && form.target === 'task') {
      const input = form.input === null ? null : await this.expressions.fill(form.input, event);
      return this.startTask(form.workflow, input, true, delivery);
    }
    const { run } = await this.runs.start({
      tenant,
      workflow: form.workflow,
      input: await this.inputOf(form, event),
      hops,
      key: `${subscriber}:${id}`,
      by: starterOf(subscriber),
      correlationId,
      causationId: id,
    });
    return { code: null, result: { outcome: 'started', run } };
  }

  /** A task that names its event itself is given that event, if its extension may hear of it. */
  private async startDeclared(task: string, delivery: Delivery): Promise<Attempt> {
    const { tenant, id, type, key, publishedAt, document } = delivery;
    const installation = this.installations.find(tenant, task.slice(0, task.indexOf('/')));
    if (installation === null || !mayHear(installation, type) || (await this.tasks.eventType(tenant, task)) !== type)
      return { code: 'AUTOMATION_NOT_SUBSCRIBED' };
    return this.startTask(task, { id, type, key, time: publishedAt, data: document?.data ?? null }, false, delivery);
  }

  private async startTask(
    task: string,
    input: unknown,
    judged: boolean,
    { tenant, id, subscriber, correlationId }: Delivery,
  ): Promise<Attempt> {
    const started = { tenant, task, input, judged, key: `${subscriber}:${id}`, by: starterOf(subscriber) };
    const { run } = await this.tasks.start({ ...started, correlationId, causationId: id });
    return { code: null, result: { outcome: 'started', run } };
  }

  /** A workflow that names its events itself is given the list of those that started it, as the DSL says. */
  private async inputOf(form: TriggerForm, event: unknown): Promise<unknown> {
    if (!('type' in form)) return [event];
    return form.input === null ? event : this.expressions.fill(form.input, event);
  }
}
