// The one who manages extensions, as the API, the first start and other contexts see it: looks up what a wish must be judged by, sends the
// command, and answers once this process enforces what was decided.
import { Inject, Injectable } from '@nestjs/common';
import {
  COMMAND_BUS,
  derivedId,
  Rejection,
  TIMERS,
  type CommandBus,
  type CommandOutcome,
  type RequestContext,
  type Timers,
} from '@kari/kernel';
import type { ExtensionManagement, InstallRequest, UpgradeRequest } from '../contract.js';
import type { ExtensionCommand } from '../lifecycle/extension.commands.js';
import type { UpgradeGroup } from '../lifecycle/extension.events.js';
import type { ExtensionState } from '../lifecycle/extension-state.rules.js';
import { InstallationPlanQueries } from '../planning/installation-plan.queries.js';
import type { WishCommand } from '../rollout/wish.commands.js';
import type { WishState } from '../rollout/wish.decider.js';
import { InstallationSnapshot } from '../snapshot/installation-snapshot.js';
import type { GroupCommand } from '../together/group.commands.js';
import type { GroupsState } from '../together/group.decider.js';

/** How long an answer waits for the snapshot of this process; it follows within milliseconds, and refuses to serve when it does not. */
const LONGEST_WAIT_MS = 1_000;

type Back = Extract<GroupCommand, { type: 'RollBackGroup' }>['data'];

@Injectable()
export class ExtensionManager implements ExtensionManagement {
  constructor(
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
    @Inject(InstallationSnapshot) private readonly snapshot: InstallationSnapshot,
    @Inject(InstallationPlanQueries) private readonly plans: InstallationPlanQueries,
    @Inject(TIMERS) private readonly timers: Timers,
  ) {}

  consentFor(tenant: string, extension: string): readonly string[] {
    return this.plans.preview(tenant, extension, null).consent.map(({ id }) => id);
  }

  install({ extension, version, consented, enable }: InstallRequest, caller: RequestContext): Promise<CommandOutcome<ExtensionState>> {
    const facts = this.plans.installFacts(extension, version);
    return this.send({ type: 'InstallExtension', data: { extension, version, consented: [...consented], enable, facts } }, caller);
  }

  enable(extension: string, caller: RequestContext): Promise<CommandOutcome<ExtensionState>> {
    const facts = this.plans.enableFacts(caller.tenant, extension);
    return this.send({ type: 'EnableExtension', data: { extension, facts } }, caller);
  }

  disable(extension: string, caller: RequestContext): Promise<CommandOutcome<ExtensionState>> {
    const dependents = this.plans.dependents(caller.tenant, extension, 'enabled');
    return this.send({ type: 'DisableExtension', data: { extension, facts: { dependents } } }, caller);
  }

  remove(extension: string, caller: RequestContext): Promise<CommandOutcome<ExtensionState>> {
    const dependents = this.plans.dependents(caller.tenant, extension, 'installed');
    return this.send({ type: 'RemoveExtension', data: { extension, facts: { dependents } } }, caller);
  }

  /** Removes what a withdrawn wish left behind; a refusal becomes a fact. */
  removeWithdrawn(extension: string, caller: RequestContext): Promise<CommandOutcome<ExtensionState>> {
    const dependents = this.plans.dependents(caller.tenant, extension, 'installed');
    return this.send({ type: 'RemoveWithdrawn', data: { extension, facts: { dependents } } }, caller);
  }

  cancelInstall(extension: string, caller: RequestContext): Promise<CommandOutcome<ExtensionState>> {
    return this.send({ type: 'CancelInstall', data: { extension } }, caller);
  }

  /** `group`: those that it takes over with. */
  upgrade(
    { extension, version, consented, group }: UpgradeRequest & { readonly group?: UpgradeGroup },
    caller: RequestContext,
  ): Promise<CommandOutcome<ExtensionState>> {
    const facts = this.plans.upgradeFacts(caller.tenant, extension, version, group);
    const of = group === undefined ? {} : { group };
    return this.send({ type: 'UpgradeExtension', data: { extension, version, consented: [...consented], facts, ...of } }, caller);
  }

  consentToUpgrade(extension: string, consented: readonly string[], caller: RequestContext): Promise<CommandOutcome<ExtensionState>> {
    return this.send({ type: 'ConsentToUpgrade', data: { extension, consented: [...consented] } }, caller);
  }

  cancelUpgrade(extension: string, caller: RequestContext): Promise<CommandOutcome<ExtensionState>> {
    return this.send({ type: 'CancelUpgrade', data: { extension } }, caller);
  }

  rollBack(extension: string, caller: RequestContext): Promise<CommandOutcome<ExtensionState>> {
    const group = this.plans.groupOf(caller.tenant, extension);
    if (group !== null)
      return this.rollBackTogether(extension, group, { cause: 'operator', reason: `an operator asked for it of ${extension}` }, caller);
    const facts = this.plans.rollBackFacts(caller.tenant, extension);
    return this.send({ type: 'RollBackExtension', data: { extension, facts } }, caller);
  }

  /** What came as one goes back as one: that is in force for all of them with one fact, which each then writes down for itself. */
  async rollBackTogether(
    extension: string,
    group: string,
    { cause, reason }: Pick<Back, 'cause' | 'reason'>,
    caller: RequestContext,
  ): Promise<CommandOutcome<ExtensionState>> {
    const facts = this.plans.groupRollBackFacts(caller.tenant, group);
    const decision: GroupCommand = { type: 'RollBackGroup', data: { group, extension, cause, reason, facts } };
    const { changed, position } = await this.send<GroupsState>(decision, caller);
    let written = position;
    for (const member of changed ? facts.standing : []) {
      const command: ExtensionCommand = { type: 'GoBackWithGroup', data: { extension: member.extension, group, cause, reason } };
      const outcome = await this.send<ExtensionState>(command, following(caller, member.extension)).catch(unsaid);
      if (member.extension === extension) written = outcome?.position ?? written;
    }
    const entry = this.snapshot.entry(caller.tenant, extension);
    return { state: entry?.state ?? { status: 'absent' }, revision: entry?.revision ?? -1n, position: written, changed };
  }

  giveGrant(extension: string, grant: string, caller: RequestContext): Promise<CommandOutcome<ExtensionState>> {
    const requested = this.plans.requestedGrant(caller.tenant, extension, grant);
    return this.send({ type: 'GiveGrant', data: { extension, grant, facts: { requested } } }, caller);
  }

  revokeGrant(extension: string, grant: string, caller: RequestContext): Promise<CommandOutcome<ExtensionState>> {
    return this.send({ type: 'RevokeGrant', data: { extension, grant } }, caller);
  }

  installForAllTenants(request: InstallRequest, caller: RequestContext): Promise<CommandOutcome<WishState>> {
    const { extension, version, consented, enable } = request;
    const facts = this.plans.installFacts(extension, version);
    return this.send({ type: 'InstallForAllTenants', data: { extension, version, consented: [...consented], enable, facts } }, caller);
  }

  withdrawFromAllTenants(extension: string, caller: RequestContext): Promise<CommandOutcome<WishState>> {
    return this.send({ type: 'WithdrawFromAllTenants', data: { extension } }, caller);
  }

  private async send<S>(command: ExtensionCommand | WishCommand | GroupCommand, caller: RequestContext): Promise<CommandOutcome<S>> {
    const outcome = await this.bus.send<S>(command, caller);
    // A revoke that was answered is in force: whoever reads the snapshot of this process from now on sees it.
    if (outcome.position !== null) await this.followed(this.snapshot.reached(outcome.position));
    return outcome;
  }

  private async followed(reached: Promise<void>): Promise<void> {
    const waited = new AbortController();
    const limit = this.timers.sleep(LONGEST_WAIT_MS, waited.signal).catch(() => undefined);
    await Promise.race([reached.catch(() => undefined), limit]);
    waited.abort();
  }
}

/** The id of a further command of the same caller. */
function following({ commandId, ...caller }: RequestContext, extension: string): RequestContext {
  return commandId === undefined ? caller : { ...caller, commandId: derivedId(commandId, 'GoBackWithGroup', extension) };
}

/** The decision stands: what could not be written down now is by the process of the group. */
function unsaid(error: unknown): null {
  if (error instanceof Rejection) return null;
  throw error;
}
