// What workflows may do with the events of a tenant: emit one, and read those of the log as CloudEvents.
import { Inject, Injectable } from '@nestjs/common';
import { COMMAND_BUS, derivedId, EVENT_STORE, Unavailable, type CommandBus, type EventStore, type RecordedEvent } from '@kari/kernel';
import { systemPrincipal } from '@kari/platform/command-bus';
import type { CloudEventDocument, Emission, TenantEvents } from '../contract.js';
import { emissionStream } from './cloud-event.definitions.js';
import { dressed } from './cloud-event.rules.js';

@Injectable()
export class LoggedEvents implements TenantEvents {
  constructor(
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
    @Inject(EVENT_STORE) private readonly store: EventStore,
  ) {}

  /** The key names the command: what is emitted again was emitted already. */
  async emit({ tenant, key, correlationId, run, workflow, task, hops = 0, event }: Emission): Promise<CloudEventDocument> {
    const commandId = derivedId('emit', key);
    await this.bus.send(
      { type: 'EmitEvent', data: { run, workflow, task, hops, event } },
      { principal: systemPrincipal('workflow.engine'), tenant, correlationId, commandId },
    );
    for await (const recorded of this.store.readStream(emissionStream(run, tenant), { direction: 'backwards' })) {
      if (recorded.meta.commandId === commandId) return dressed(recorded)!;
    }
    throw new Unavailable('what was emitted cannot be read back', true);
  }

  read(recorded: RecordedEvent): CloudEventDocument | null {
    return dressed(recorded);
  }
}
