// The one who manages extensions, as the API, the first start and other contexts see it: looks up what a wish must be judged by, sends the
// command, and answers once this process enforces what was decided.
import { Inject, Injectable } from '@nestjs/common';
import { COMMAND_BUS, TIMERS, type CommandBus, type CommandOutcome, type RequestContext, type Timers } from '@kari/kernel';
import type { ExtensionManagement, InstallRequest, UpgradeRequest } from '../contract.js';
import type { ExtensionCommand } from '../lifecycle/extension.commands.js';
import type { ExtensionState } from '../lifecycle/extension-state.rules.js';
import { InstallationPlanQueries } from '../planning/installation-plan.queries.js';
import type { WishCommand } from '../rollout/wish.commands.js';
import type { WishState } from '../rollout/wish.decider.js';
import { InstallationSnapshot } from '../snapshot/installation-snapshot.js';

/** How long an answer waits for the snapshot of this process; it follows within milliseconds, and refuses to serve when it does not. */
const LONGEST_WAIT_MS = 1_000;

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

  upgrade({ extension, version, consented }: UpgradeRequest, caller: RequestContext): Promise<CommandOutcome<ExtensionState>> {
    const facts = this.plans.upgradeFacts(caller.tenant, extension, version);
    return this.send({ type: 'UpgradeExtension', data: { extension, version, consented: [...consented], facts } }, caller);
  }

  consentToUpgrade(extension: string, consented: readonly string[], caller: RequestContext): Promise<CommandOutcome<ExtensionState>> {
    return this.send({ type: 'ConsentToUpgrade', data: { extension, consented: [...consented] } }, caller);
  }

  cancelUpgrade(extension: string, caller: RequestContext): Promise<CommandOutcome<ExtensionState>> {
    return this.send({ type: 'CancelUpgrade', data: { extension } }, caller);
  }

  rollBack(extension: string, caller: RequestContext): Promise<CommandOutcome<ExtensionState>> {
    const facts = this.plans.rollBackFacts(caller.tenant, extension);
    return this.send({ type: 'RollBackExtension', data: { extension, facts } }, caller);
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

  private async send<S>(command: ExtensionCommand | WishCommand, caller: RequestContext): Promise<CommandOutcome<S>> {
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
