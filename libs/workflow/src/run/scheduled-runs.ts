// Workflows as something that schedules start: the active version, under a key that only schedule and planned time make.
import { Inject, Injectable } from '@nestjs/common';
import {
  COMMAND_BUS,
  derivedId,
  EVENT_STORE,
  idOf,
  rejected,
  Rejection,
  streamId,
  type CommandBus,
  type EventStore,
  type RecordedEvent,
  type RequestContext,
} from '@kari/kernel';
import { systemPrincipal } from '@kari/platform/command-bus';
import type { ScheduledOutcome, ScheduledStart, ScheduleTarget } from '@kari/schedule/contract';
import { workflowId } from '../definition/definition.commands.js';
import { evolveWorkflow, workflowDecider } from '../definition/definition.decider.js';
import { DEFINITION_CATEGORY, type WorkflowEvent } from '../definition/definition.events.js';
import { runStream } from './engine-parts.js';
import { RunStarts } from './run-starts.js';

const principal = systemPrincipal('schedule.scheduler');
const OUTCOMES: Readonly<Record<string, ScheduledOutcome>> = { RunCompleted: 'completed', RunFailed: 'failed', RunCancelled: 'cancelled' };

@Injectable()
export class ScheduledRuns implements ScheduleTarget {
  readonly kind = 'workflow';
  readonly endings = Object.keys(OUTCOMES);

  constructor(
    @Inject(RunStarts) private readonly starts: Pick<RunStarts, 'startScheduled'>,
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
    @Inject(EVENT_STORE) private readonly store: EventStore,
  ) {}

  endOf({ type, stream }: RecordedEvent): { readonly started: string; readonly outcome: ScheduledOutcome } | null {
    const outcome = OUTCOMES[type];
    return outcome === undefined ? null : { started: idOf(stream), outcome };
  }

  async check(tenant: string, workflow: string): Promise<void> {
    let state = workflowDecider(() => null).initialState;
    if (workflowId.safeParse(workflow).success) {
      const stream = streamId(DEFINITION_CATEGORY, tenant, workflow);
      for await (const event of this.store.readStream(stream)) state = evolveWorkflow(state, event as unknown as WorkflowEvent);
    }
    if (state.status === 'absent' || state.status === 'deleted') throw rejected('WORKFLOW_NOT_FOUND', { workflow });
  }

  async start({ tenant, id: workflow, input, fire, correlationId }: ScheduledStart): Promise<string> {
    return this.starts.startScheduled({ workflow, input, fire }, contextOf(tenant, correlationId, derivedId('scheduled start', fire)));
  }

  async cancel(tenant: string, run: string, fire: string): Promise<void> {
    const reason = 'its schedule starts another one in its place';
    try {
      await this.bus.send({ type: 'CancelRun', data: { run, reason } }, contextOf(tenant, run, derivedId('scheduled cancel', fire)));
    } catch (error) {
      if (!(error instanceof Rejection && error.code === 'WORKFLOW_RUN_CLOSED')) throw error;
    }
  }

  async outcome(tenant: string, run: string): Promise<ScheduledOutcome | null> {
    for await (const { type } of this.store.readStream(runStream(tenant, run), { direction: 'backwards', limit: 5 })) {
      if (type === 'RunRetried') return null;
      if (OUTCOMES[type] !== undefined) return OUTCOMES[type];
    }
    return null;
  }
}

function contextOf(tenant: string, correlationId: string, commandId: string): RequestContext {
  return { principal, tenant, correlationId, commandId };
}
