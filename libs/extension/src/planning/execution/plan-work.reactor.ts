// Does the step that a plan is at, by the same commands that people send. They carry ids of the step's own event: a repeat after a restart
// changes nothing. How a step came out is told by the facts that follow; only what moves nothing is answered here.
import { Inject, Injectable } from '@nestjs/common';
import {
  COMMAND_BUS,
  derivedId,
  EVENT_STORE,
  fold,
  idOf,
  streamId,
  tenantOf,
  type CommandBus,
  type CommandOutcome,
  type EventStore,
  type RecordedEvent,
  type RequestContext,
} from '@kari/kernel';
import { systemPrincipal } from '@kari/platform/command-bus';
import type { Reactor } from '@kari/platform/registry';
import { wording } from '@kari/protocol';
import type { ExtensionEventType } from '../../lifecycle/extension.events.js';
import type { ExtensionState } from '../../lifecycle/extension-state.rules.js';
import { ExtensionManager } from '../../manager/extension-manager.js';
import { InstallationSnapshot } from '../../snapshot/installation-snapshot.js';
import { actOf, mayRollBack, runsAfter, versionAfter, type PlanAct } from './plan-acts.rules.js';
import type { PlanCommand } from './plan.commands.js';
import { planDecider } from './plan.decider.js';
import { PLAN_CATEGORY, PLAN_ID, type PlanEvent, type PlanEventType, type PlanStep } from './plan.events.js';
import { refusalOf } from './refusal.js';

const principal = systemPrincipal('extension.plan');

type Handled = Extract<PlanEvent, { type: 'ExtensionPlanStepStarted' | 'ExtensionPlanUndoStarted' }>;
/** Upgrades that take over as one are led by the process of their group. */
type SingleAct = Exclude<PlanAct, 'together'>;
/** What came of the command, as far as it can be told at once. */
type Performed = Pick<CommandOutcome<ExtensionState>, 'changed' | 'state'>;

@Injectable()
export class PlanWorkReactor implements Reactor {
  readonly name = 'extension.plan-work';
  readonly runs = 'once';
  readonly handles = [
    'ExtensionPlanStepStarted',
    'ExtensionPlanUndoStarted',
    'ExtensionPlanStepLost',
    'ExtensionPlanCancelled',
    'ExtensionUpgradeHeld',
  ] as const satisfies readonly (PlanEventType | ExtensionEventType)[];

  constructor(
    @Inject(InstallationSnapshot) private readonly snapshot: InstallationSnapshot,
    @Inject(ExtensionManager) private readonly manager: ExtensionManager,
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
    @Inject(EVENT_STORE) private readonly store: EventStore,
  ) {}

  async react(recorded: RecordedEvent): Promise<void> {
    // The steps before are judged as done only where this process has seen them done.
    await this.snapshot.reached(recorded.position);
    if (recorded.type !== 'ExtensionPlanStepStarted' && recorded.type !== 'ExtensionPlanUndoStarted') return this.interrupt(recorded);
    const event = recorded as unknown as Handled;
    const { plan, place, step } = event.data;
    const back = event.type === 'ExtensionPlanUndoStarted';
    const act = actOf(step, back);
    if (act === 'together') return;
    const word = await this.perform(act, step, back, recorded).then(
      ({ changed, state }): PlanCommand | null => {
        if (changed || isUnderway(act, state)) return null;
        const settled = isSettled(act, step, back, state);
        if (settled) return { type: 'CompletePlanStep', data: { plan, place } };
        const { message } = wording('EXTENSION_PLAN_CROSSED', { extension: step.extension });
        return { type: 'FailPlanStep', data: { plan, place, code: 'EXTENSION_PLAN_CROSSED', reason: message } };
      },
      (error: unknown): PlanCommand => {
        const { code, reason } = refusalOf(error);
        return { type: 'FailPlanStep', data: { plan, place, code, reason } };
      },
    );
    if (word !== null) await this.bus.send(word, this.context(recorded, word.type));
  }

  private async perform(act: SingleAct, step: PlanStep, back: boolean, event: RecordedEvent): Promise<Performed> {
    const { extension } = step;
    const context = this.context(event, act);
    switch (act) {
      case 'install':
        return this.install(step, back, event);
      case 'enable':
        return this.manager.enable(extension, context);
      case 'disable':
        return this.manager.disable(extension, context);
      case 'remove':
        return this.manager.remove(extension, context);
      case 'upgrade':
        return this.manager.upgrade({ extension, version: step.to, consented: step.consented }, context);
      case 'roll-back': {
        // Whoever has gone back already, or further on, is not taken back a second time.
        const state = this.snapshot.entry(context.tenant, extension)?.state ?? { status: 'absent' };
        return mayRollBack(step, state) ? this.manager.rollBack(extension, context) : { changed: false, state };
      }
    }
  }

  private async install(step: PlanStep, back: boolean, event: RecordedEvent): Promise<CommandOutcome<ExtensionState>> {
    const { extension } = step;
    const version = back ? (step.before?.version ?? null) : step.to;
    const consented = back ? (step.before?.consented ?? []) : step.consented;
    const request = { extension, version, consented, enable: runsAfter(step, back) };
    const outcome = await this.manager.install(request, this.context(event, 'install'));
    // What the tenant had taken away stays away when the extension comes back.
    for (const grant of back ? (step.before?.revoked ?? []) : [])
      await this.manager.revokeGrant(extension, grant, this.context(event, `revoke ${grant}`));
    return outcome;
  }

  /**
   * A plan that ends does not wait for an install or an upgrade, and no plan for an upgrade that is held: it is taken back at once. Everything
   * else is quick, and is taken back when it is done.
   */
  private async interrupt(recorded: RecordedEvent): Promise<void> {
    const step = await this.stepAt(recorded);
    const context = this.context(recorded, 'cancel');
    if (step?.act === 'install') await this.manager.cancelInstall(step.extension, context).catch(refusalOf);
    if (step?.act === 'upgrade') await this.manager.cancelUpgrade(step.extension, context).catch(refusalOf);
  }

  /** The step that the plan is at on its way forward; null where the event does not concern it. */
  private async stepAt({ stream, revision, type }: RecordedEvent): Promise<PlanStep | null> {
    const held = type === 'ExtensionUpgradeHeld';
    const plan = held ? streamId(PLAN_CATEGORY, tenantOf(stream), PLAN_ID) : stream;
    const events: PlanEvent[] = [];
    for await (const event of this.store.readStream(plan, held ? {} : { to: revision })) events.push(event as unknown as PlanEvent);
    const state = fold(planDecider, planDecider.initialState, events);
    const step = state.status === 'running' ? (state.steps[state.current] ?? null) : null;
    return held && (step?.act !== 'upgrade' || step.extension !== idOf(stream)) ? null : step;
  }

  private context(event: RecordedEvent, what: string): RequestContext {
    const tenant = tenantOf(event.stream);
    const { correlationId } = event.meta;
    return { principal, tenant, correlationId, causationId: event.id, commandId: derivedId(event.id, what) };
  }
}

/** Its outcome is still to come, whoever asked for it. */
function isUnderway(act: SingleAct, state: ExtensionState): boolean {
  switch (act) {
    case 'install':
      return state.status === 'installing' || state.status === 'undoing';
    case 'enable':
      return state.status === 'enabled' && state.activation.phase === 'pending';
    case 'disable':
      return state.status === 'disabled' && state.activation.phase === 'pending';
    case 'remove':
      return state.status === 'removing';
    case 'upgrade':
      return 'upgrade' in state && state.upgrade !== null && state.upgrade.phase !== 'held';
    case 'roll-back':
      return false;
  }
}

function isSettled(act: SingleAct, step: PlanStep, back: boolean, state: ExtensionState): boolean {
  if (act === 'remove') return state.status === 'absent' || state.status === 'removed';
  if (act === 'upgrade' || act === 'roll-back') return 'version' in state && state.version === versionAfter(step, back);
  return state.status === (runsAfter(step, back) ? 'enabled' : 'disabled');
}
