// Follows what became of a version: serving it may be gone back from, proven it keeps its tables alone, rolled back it leaves them to the one
// before. Late is harmless: until then the tables serve both.
import { Inject, Injectable } from '@nestjs/common';
import { idOf, tenantOf, type RecordedEvent } from '@kari/kernel';
import { extensionEvents } from '@kari/extension/contract';
import type { Reactor } from '@kari/platform/registry';
import { ExtensionDataManager } from './extension-data-manager.js';

@Injectable()
export class TableSettling implements Reactor {
  readonly name = 'data.table-settling';
  readonly handles = [
    extensionEvents.installed,
    extensionEvents.upgraded,
    extensionEvents.upgradeProven,
    extensionEvents.rolledBack,
    extensionEvents.removed,
  ] as const;
  readonly runs = 'once';

  constructor(@Inject(ExtensionDataManager) private readonly tables: ExtensionDataManager) {}

  async react(event: RecordedEvent): Promise<void> {
    const { version, from, trialUntil } = event.data as { version: string; from?: string; trialUntil?: string | null };
    const target = { tenant: tenantOf(event.stream), extension: idOf(event.stream), version };
    if (event.type === extensionEvents.removed) return this.tables.abandon(target, event.meta.occurredAt);
    if (event.type === extensionEvents.rolledBack) return this.tables.goBack({ ...target, from: from ?? version });
    if (event.type === extensionEvents.upgraded && trialUntil !== null) return this.tables.keep(target);
    return this.tables.settle(target);
  }
}
