// Lets an upgrade go on that waited for the users of a contract, as soon as nobody would break any more.
import { Inject, Injectable } from '@nestjs/common';
import { COMMAND_BUS, derivedId, tenantOf, type CommandBus, type RecordedEvent } from '@kari/kernel';
import { systemPrincipal } from '@kari/platform/command-bus';
import type { Reactor } from '@kari/platform/registry';
import type { ExtensionEventType } from '../lifecycle/extension.events.js';
import { isHeld } from '../lifecycle/extension-state.rules.js';
import { InstallationPlanQueries } from '../planning/installation-plan.queries.js';
import { InstallationSnapshot } from '../snapshot/installation-snapshot.js';

const principal = systemPrincipal('extension.upgrade');

@Injectable()
export class HeldUpgradeReactor implements Reactor {
  readonly name = 'extension.held-upgrade';
  readonly runs = 'once';
  readonly handles = [
    // What held it may have gone while that was written down.
    'ExtensionUpgradeHeld',
    'ExtensionUpgradeStepStarted',
    'ExtensionUpgraded',
    'ExtensionRolledBack',
    'ExtensionInstalled',
    'ExtensionRemoved',
  ] as const satisfies readonly ExtensionEventType[];

  constructor(
    @Inject(InstallationSnapshot) private readonly snapshot: InstallationSnapshot,
    @Inject(InstallationPlanQueries) private readonly plans: InstallationPlanQueries,
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
  ) {}

  async react(event: RecordedEvent): Promise<void> {
    await this.snapshot.reached(event.position);
    const tenant = tenantOf(event.stream);
    for (const { extension, state } of this.snapshot.knownOf(tenant)) {
      const upgrade = isHeld(state) ? state.upgrade : null;
      if (upgrade?.phase !== 'held' || upgrade.cause !== 'contract') continue;
      if (this.plans.breaks(tenant, extension, upgrade.version, upgrade.group).length > 0) continue;
      const { correlationId } = event.meta;
      const commandId = derivedId(event.id, 'ResumeUpgrade', extension);
      await this.bus.send(
        { type: 'ResumeUpgrade', data: { extension, upgrade: upgrade.upgrade } },
        { principal, tenant, correlationId, causationId: event.id, commandId },
      );
    }
  }
}
