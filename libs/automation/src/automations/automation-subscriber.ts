// Takes one event for one automation: as it is now, so that what was parked goes on once the automation has been mended.
import { Inject, Injectable } from '@nestjs/common';
import { Rejection, Unavailable } from '@kari/kernel';
import { EXPRESSIONS, TRIGGERED_RUNS, type Expressions, type TriggeredRuns } from '@kari/workflow/contract';
import type { Delivery } from '../delivery/delivery-queue.js';
import type { Attempt, Subscriber } from '../delivery/subscriber.js';
import { automationOf } from './automation.rules.js';
import { TriggerTable } from './trigger-table.js';

@Injectable()
export class AutomationSubscriber implements Subscriber {
  constructor(
    private readonly triggers: TriggerTable,
    @Inject(EXPRESSIONS) private readonly expressions: Expressions,
    @Inject(TRIGGERED_RUNS) private readonly runs: TriggeredRuns,
  ) {}

  async attempt(delivery: Delivery): Promise<Attempt> {
    const { tenant, id, subscriber, document, correlationId } = delivery;
    const automation = automationOf(subscriber) ?? '';
    const trigger = await this.triggers.find(tenant, automation);
    if (trigger === null || trigger.type !== delivery.type) return { code: 'AUTOMATION_NOT_SUBSCRIBED' };
    if (!trigger.enabled) return { code: 'AUTOMATION_DISABLED' };
    try {
      if (trigger.filter !== null && !(await this.expressions.holds(trigger.filter, document))) return { code: null, result: { outcome: 'filtered' } };
      const input = trigger.input === null ? document : await this.expressions.fill(trigger.input, document);
      const { run } = await this.runs.start({
        tenant,
        workflow: trigger.workflow,
        input,
        key: `${subscriber}:${id}`,
        by: `automation.${automation}`,
        correlationId,
        causationId: id,
      });
      return { code: null, result: { outcome: 'started', run } };
    } catch (error) {
      if (error instanceof Rejection) return { code: error.code };
      if (error instanceof Unavailable) return { code: 'REQUEST_UNAVAILABLE' };
      throw error;
    }
  }
}
