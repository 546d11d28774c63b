// Removes what a deleted tenant's runs have left beside the log.
import { Inject, Injectable } from '@nestjs/common';
import { idOf, type RecordedEvent } from '@kari/kernel';
import type { Reactor } from '@kari/platform/registry';
import { tenancyEvents } from '@kari/tenancy/contract';
import { RUN_SNAPSHOTS, type RunSnapshots } from './run-snapshots.port.js';

@Injectable()
export class RunErasure implements Reactor {
  readonly name = 'workflow.run-erasure';
  readonly handles = [tenancyEvents.tenantDeleted] as const;
  readonly runs = 'once';

  constructor(@Inject(RUN_SNAPSHOTS) private readonly snapshots: RunSnapshots) {}

  react(event: RecordedEvent): Promise<void> {
    return this.snapshots.forgetTenant(idOf(event.stream));
  }
}
