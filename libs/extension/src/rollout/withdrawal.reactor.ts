// Removes what withdrawn wishes left in a tenant, each as soon as nothing there needs it: first the dependents, then what they stood on.
import { Inject, Injectable } from '@nestjs/common';
import { derivedId, tenantOf, type RecordedEvent } from '@kari/kernel';
import { systemPrincipal } from '@kari/platform/command-bus';
import type { Reactor } from '@kari/platform/registry';
import type { ExtensionEventType } from '../lifecycle/extension.events.js';
import { isHeld } from '../lifecycle/extension-state.rules.js';
import { ExtensionManager } from '../manager/extension-manager.js';
import { InstallationSnapshot } from '../snapshot/installation-snapshot.js';

const principal = systemPrincipal('extension.rollout');

@Injectable()
export class WithdrawalReactor implements Reactor {
  readonly name = 'extension.withdrawal';
  readonly runs = 'once';
  readonly handles = [
    'ExtensionWithdrawalDue',
    'ExtensionRemoved',
    'ExtensionInstallUndone',
    'ExtensionInstalled',
  ] as const satisfies readonly ExtensionEventType[];

  constructor(
    @Inject(InstallationSnapshot) private readonly snapshot: InstallationSnapshot,
    @Inject(ExtensionManager) private readonly manager: ExtensionManager,
  ) {}

  async react(event: RecordedEvent): Promise<void> {
    await this.snapshot.reached(event.position);
    const tenant = tenantOf(event.stream);
    for (const { extension, state } of this.snapshot.knownOf(tenant)) {
      if (!isHeld(state) || !state.withdrawn) continue;
      const { correlationId } = event.meta;
      const commandId = derivedId(event.id, 'RemoveWithdrawn', extension);
      await this.manager.removeWithdrawn(extension, { principal, tenant, correlationId, causationId: event.id, commandId });
    }
  }
}
