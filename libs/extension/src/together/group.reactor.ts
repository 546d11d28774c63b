// Leads upgrades that take over as one: asks for each, lets them switch when all are as far, and makes every member write down what was
// decided for all. What is open is read from the state and never from the event: whatever a killed process left is found again.
import { Inject, Injectable } from '@nestjs/common';
import {
  COMMAND_BUS,
  derivedId,
  EVENT_STORE,
  fold,
  streamId,
  tenantOf,
  type Command,
  type CommandBus,
  type EventStore,
  type RecordedEvent,
  type RequestContext,
} from '@kari/kernel';
import { systemPrincipal } from '@kari/platform/command-bus';
import type { Reactor } from '@kari/platform/registry';
import { wording } from '@kari/protocol';
import type { ExtensionCommand } from '../lifecycle/extension.commands.js';
import { INSTALLATION_CATEGORY, type ExtensionEvent, type ExtensionEventType } from '../lifecycle/extension.events.js';
import { ExtensionManager } from '../manager/extension-manager.js';
import { failureWhileHeld, type Failure } from '../planning/execution/plan-acts.rules.js';
import type { PlanCommand } from '../planning/execution/plan.commands.js';
import { planDecider, type PlanState } from '../planning/execution/plan.decider.js';
import { PLAN_CATEGORY, PLAN_ID, type PlanEvent, type PlanEventType, type PlanStep } from '../planning/execution/plan.events.js';
import { refusalOf } from '../planning/execution/refusal.js';
import { EXTENSION_SETTINGS, type ExtensionSettings } from '../settings.js';
import { InstallationSnapshot } from '../snapshot/installation-snapshot.js';
import type { GroupCommand } from './group.commands.js';
import type { Group } from './group.decider.js';
import { groupOf, type GroupEventType, type GroupMember } from './group.events.js';
import { cancelled, nextOfGroup, type GroupAct } from './group-next.rules.js';

const principal = systemPrincipal('extension.group');
const TAKEN_BACK = 'the plan that brought it is taken back';

type OfPlan = Extract<PlanEvent, { type: 'ExtensionPlanStepStarted' | 'ExtensionPlanUndoStarted' }>;

@Injectable()
export class GroupReactor implements Reactor {
  readonly name = 'extension.group';
  readonly runs = 'once';
  readonly handles = [
    'ExtensionPlanStepStarted',
    'ExtensionPlanUndoStarted',
    'ExtensionPlanCancelled',
    'ExtensionPlanStepLost',
    'ExtensionGroupAbandoned',
    'ExtensionGroupUpgraded',
    'ExtensionGroupRolledBack',
    'ExtensionUpgradeStepCompleted',
    'ExtensionUpgradeReady',
    'ExtensionUpgradeHeld',
    'ExtensionUpgradeFailed',
    'ExtensionUpgradeCancelled',
    'ExtensionUpgradeUndone',
    'ExtensionUpgraded',
    'ExtensionRolledBack',
    'ExtensionRemovalStarted',
  ] as const satisfies readonly (PlanEventType | GroupEventType | ExtensionEventType)[];

  constructor(
    @Inject(InstallationSnapshot) private readonly snapshot: InstallationSnapshot,
    @Inject(ExtensionManager) private readonly manager: ExtensionManager,
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(EXTENSION_SETTINGS) private readonly settings: ExtensionSettings,
  ) {}

  async react(event: RecordedEvent): Promise<void> {
    await this.snapshot.reached(event.position);
    switch (event.type) {
      case 'ExtensionPlanStepStarted':
        return this.form(event);
      case 'ExtensionPlanUndoStarted':
        return this.takeBack(event);
      case 'ExtensionPlanCancelled':
      case 'ExtensionPlanStepLost':
        return this.interrupt(event);
      default:
        return this.look(event);
    }
  }

  /** Asks every member to upgrade beside the others; one that refuses keeps all of them. */
  private async form(event: RecordedEvent): Promise<void> {
    const { plan, place, step } = (event as unknown as OfPlan).data;
    if (step.act !== 'together') return;
    const group = groupOf(plan, place);
    const members = membersOf(step);
    await this.send(event, { type: 'FormGroup', data: { group, plan, place, members } });
    const of = { group, members: members.map(({ extension, version }) => ({ extension, version })) };
    for (const { extension, to, consented } of step.members ?? []) {
      const context = this.context(event, 'UpgradeExtension', extension);
      const refusal = await this.manager.upgrade({ extension, version: to, consented, group: of }, context).then(async ({ position }) => {
        if (position !== null) await this.snapshot.reached(position);
        return null;
      }, refusalOf);
      if (refusal !== null) return this.send(event, { type: 'AbandonGroup', data: { group, ...refusal } });
    }
    // The first may have come to its end before the last was asked.
    await this.look(event);
  }

  /** A plan that ends does not wait for a group that has not switched. */
  private async interrupt(event: RecordedEvent): Promise<void> {
    const { plan, ...why } = event.data as { plan: string; code?: string; reason?: string };
    for (const { group, phase, plan: of, members } of this.snapshot.groupsOf(tenantOf(event.stream))) {
      if (of !== plan || phase !== 'forming') continue;
      const [{ extension, version }] = members as [GroupMember];
      const failure = { ...cancelled(extension, version), ...why };
      await this.send(event, { type: 'AbandonGroup', data: { group, code: failure.code, reason: failure.reason } });
    }
  }

  /** The step was done, and its plan is taken back: so is the group, as one. */
  private async takeBack(event: RecordedEvent): Promise<void> {
    const { plan, place, step } = (event as unknown as OfPlan).data;
    if (step.act !== 'together') return;
    const tenant = tenantOf(event.stream);
    const group = this.snapshot.groupsOf(tenant).find((one) => one.group === groupOf(plan, place));
    // One that was rolled back says so itself, as soon as all have written it down.
    if (group?.phase === 'rolled-back') return;
    const context = this.context(event, 'RollBackGroup', step.extension);
    const why = { cause: 'operator', reason: TAKEN_BACK } as const;
    const outcome = await this.manager
      .rollBackTogether(step.extension, groupOf(plan, place), why, context)
      .then(({ changed }) => (changed ? 'decided' : this.isBack(tenant, step) ? 'back' : crossed(step.extension)), refusalOf);
    if (outcome === 'back') await this.send(event, { type: 'CompletePlanStep', data: { plan, place } });
    else if (outcome !== 'decided') await this.send(event, { type: 'FailPlanStep', data: { plan, place, ...outcome } });
  }

  private isBack(tenant: string, step: PlanStep): boolean {
    return membersOf(step).every(({ extension, from }) => {
      const state = this.snapshot.known(tenant, extension)?.state ?? null;
      return state !== null && 'version' in state && state.version === from;
    });
  }

  private async look(event: RecordedEvent): Promise<void> {
    const tenant = tenantOf(event.stream);
    if (this.snapshot.groupsOf(tenant).every(({ settled }) => settled)) return;
    // Nobody is taken for gone, and nothing for settled, who was asked a moment ago by a process that had this work before.
    await this.snapshot.reached(await this.store.head());
    for (const group of this.snapshot.groupsOf(tenant)) {
      const acts = nextOfGroup(group, (extension) => this.snapshot.known(tenant, extension)?.recorded ?? { status: 'absent' });
      for (const act of acts) await this.perform(act, group, event);
    }
  }

  private async perform(act: GroupAct, of: Group, event: RecordedEvent): Promise<void> {
    const { group } = of;
    switch (act.act) {
      case 'begin-switch': {
        const { extension, upgrade } = act;
        return this.send(event, { type: 'StartUpgradeStep', data: { extension, upgrade, step: 'switch' } });
      }
      case 'switch': {
        const { trialSeconds } = this.settings;
        return this.send(event, { type: 'SwitchGroup', data: { group, ready: [...act.ready], trialSeconds } });
      }
      case 'abandon': {
        const failure = act.failure ?? (await this.whyGone(tenantOf(event.stream), act.extension, of));
        return failure === null ? undefined : this.send(event, { type: 'AbandonGroup', data: { group, ...failure } });
      }
      case 'take-over': {
        const { extension, upgrade, trialUntil } = act;
        return this.send(event, { type: 'TakeOverWithGroup', data: { extension, upgrade, trialUntil } });
      }
      case 'leave':
        return this.send(event, { type: 'LeaveGroup', data: { extension: act.extension, upgrade: act.upgrade } });
      case 'go-back': {
        const { extension, cause, reason } = act;
        return this.send(event, { type: 'GoBackWithGroup', data: { extension, group, cause, reason } });
      }
      case 'settle':
        await this.tellPlan(of, event);
        return this.send(event, { type: 'SettleGroup', data: { group } });
    }
  }

  /** The step of the plan is over with the last member that has written down what was decided. */
  private async tellPlan(group: Group, event: RecordedEvent): Promise<void> {
    const { plan, place } = group;
    const state = await this.planOf(tenantOf(event.stream));
    if (state.status === 'idle' || state.plan !== plan || state.current !== place) return;
    const failure = state.status === 'running' ? failureOf(group) : null;
    const command: PlanCommand =
      failure === null
        ? { type: 'CompletePlanStep', data: { plan, place } }
        : { type: 'FailPlanStep', data: { plan, place, code: failure.code, reason: failure.reason } };
    await this.send(event, command);
  }

  private async planOf(tenant: string): Promise<PlanState> {
    const events: PlanEvent[] = [];
    for await (const event of this.store.readStream(streamId(PLAN_CATEGORY, tenant, PLAN_ID))) events.push(event as unknown as PlanEvent);
    return fold(planDecider, planDecider.initialState, events);
  }

  /** Its state has forgotten the try; the last words about it have not. Null: it is under way, and not seen here yet. */
  private async whyGone(tenant: string, extension: string, { group, members }: Group): Promise<Failure | null> {
    const stream = streamId(INSTALLATION_CATEGORY, tenant, extension);
    for await (const recorded of this.store.readStream(stream, { direction: 'backwards' })) {
      const { type, data } = recorded as unknown as ExtensionEvent;
      if (type === 'ExtensionUpgradeFailed') return { code: data.code, reason: data.reason };
      if (type === 'ExtensionUpgradeHeld') return failureWhileHeld(data, data.items);
      if (type === 'ExtensionUpgradeCancelled' && data.cause !== 'together') {
        const version = members.find((member) => member.extension === extension)?.version ?? '';
        return cancelled(extension, version);
      }
      if (type === 'ExtensionUpgradeRequested' && data.group?.group === group) return null;
    }
    return crossed(extension);
  }

  private async send(event: RecordedEvent, command: ExtensionCommand | GroupCommand | PlanCommand): Promise<void> {
    const about = (command as Command<string, { extension?: string; group?: string }>).data;
    // What is refused for good changes nothing, and what it waits for comes here as well: as the word of another group that lets it go.
    await this.bus.send(command, this.context(event, command.type, about.extension ?? about.group ?? '')).catch(refusalOf);
  }

  private context(event: RecordedEvent, what: string, about: string): RequestContext {
    const tenant = tenantOf(event.stream);
    const { correlationId } = event.meta;
    return { principal, tenant, correlationId, causationId: event.id, commandId: derivedId(event.id, what, about) };
  }
}

function membersOf(step: PlanStep): GroupMember[] {
  return (step.members ?? []).flatMap(({ extension, from, to }) =>
    from === null || to === null ? [] : [{ extension, from, version: to }],
  );
}

function failureOf(group: Group): Failure | null {
  if (group.phase === 'abandoned') return { code: group.code, reason: group.reason };
  if (group.phase !== 'rolled-back') return null;
  const [{ extension, from, version }] = group.members as [GroupMember];
  const code = 'EXTENSION_PLAN_STEP_LOST';
  return { code, reason: wording(code, { extension, from: version, version: from, why: group.reason }).message };
}

function crossed(extension: string): Failure {
  const code = 'EXTENSION_PLAN_CROSSED';
  return { code, reason: wording(code, { extension }).message };
}
