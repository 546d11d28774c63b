// Tells when a workflow can no longer run, because something that it needs has gone, and when it can again. What is true now is asked of
// `Blocking`; here it becomes a fact, so that nobody has to ask.
import { Inject, Injectable } from '@nestjs/common';
import {
  COMMAND_BUS,
  derivedId,
  EVENT_STORE,
  idOf,
  Rejection,
  streamId,
  type CommandBus,
  type EventStore,
  type RecordedEvent,
} from '@kari/kernel';
import { extensionEvents } from '@kari/extension/contract';
import { StreamFolds, systemPrincipal } from '@kari/platform/command-bus';
import type { Reactor } from '@kari/platform/registry';
import { workflowEvents } from '../contract.js';
import { Blocking } from './blocking.js';
import type { WorkflowCommand } from './definition.commands.js';
import { workflowDecider, type WorkflowState } from './definition.decider.js';
import { DEFINITION_CATEGORY, type WorkflowEvent } from './definition.events.js';
import { DefinitionQueries } from './definition.queries.js';
import { InstallationSnapshot } from './installation-snapshot.js';

const principal = systemPrincipal('workflow.blocked');
const COMES_AND_GOES = [
  extensionEvents.installed,
  extensionEvents.enabled,
  extensionEvents.disabled,
  extensionEvents.removed,
  extensionEvents.grantGiven,
  extensionEvents.grantRevoked,
  extensionEvents.upgraded,
  extensionEvents.rolledBack,
] as readonly string[];

@Injectable()
export class BlockedWorkflows implements Reactor {
  readonly name = 'workflow.blocked';
  readonly runs = 'once';
  readonly handles = [...COMES_AND_GOES, workflowEvents.saved, workflowEvents.activated, workflowEvents.deactivated];
  private readonly folds: StreamFolds<WorkflowEvent, WorkflowState>;

  constructor(
    @Inject(EVENT_STORE) store: EventStore,
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
    @Inject(Blocking) private readonly blocking: Pick<Blocking, 'reason'>,
    @Inject(DefinitionQueries) private readonly queries: Pick<DefinitionQueries, 'ids'>,
    @Inject(InstallationSnapshot) private readonly snapshot: Pick<InstallationSnapshot, 'after'>,
  ) {
    this.folds = new StreamFolds(
      store,
      workflowDecider(() => null),
    );
  }

  async react(event: RecordedEvent): Promise<void> {
    if (!COMES_AND_GOES.includes(event.type)) return this.judge(idOf(event.stream), event);
    await this.snapshot.after(event);
    for (const workflow of await this.queries.ids(event.meta.tenant, event.position)) await this.judge(workflow, event);
  }

  private async judge(workflow: string, event: RecordedEvent): Promise<void> {
    const { tenant } = event.meta;
    const { state } = await this.folds.read(streamId(DEFINITION_CATEGORY, tenant, workflow));
    const { status, owner, versions, active, blocked } = state;
    if (status !== 'saved' && status !== 'active') return;
    const version = active ?? versions.length;
    const reason = this.blocking.reason(tenant, owner, versions[version - 1]?.needs ?? [])?.slice(0, 2_000) ?? null;
    if (reason === blocked) return;
    await this.send(
      event,
      reason === null
        ? { type: 'UnblockWorkflow', data: { workflow, version } }
        : { type: 'BlockWorkflow', data: { workflow, version, reason } },
    );
  }

  private async send(event: RecordedEvent, command: WorkflowCommand): Promise<void> {
    const { tenant, correlationId } = event.meta;
    const commandId = derivedId(event.id, command.type, command.data.workflow);
    try {
      await this.bus.send(command, { principal, tenant, correlationId, causationId: event.id, commandId });
    } catch (error) {
      // Somebody else was quicker: judged again, by what is true then.
      if (!(error instanceof Rejection) || error.code === 'REQUEST_CONFLICT') throw error;
    }
  }
}
