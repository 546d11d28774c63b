// What workflows may do with the events of a tenant: emit one, and read those of the log as CloudEvents.
import { Inject, Injectable } from '@nestjs/common';
import { COMMAND_BUS, derivedId, type CommandBus, type RecordedEvent } from '@kari/kernel';
import { systemPrincipal } from '@kari/platform/command-bus';
import type { CloudEventDocument, Emission, TenantEvents } from '../contract.js';
import { dressed } from './cloud-event.rules.js';

@Injectable()
export class LoggedEvents implements TenantEvents {
  constructor(@Inject(COMMAND_BUS) private readonly bus: CommandBus) {}

  /** The key names the command: what is emitted again was emitted already. */
  async emit({ tenant, key, correlationId, run, workflow, task, event }: Emission): Promise<void> {
    await this.bus.send(
      { type: 'EmitEvent', data: { run, workflow, task, event } },
      { principal: systemPrincipal('workflow.engine'), tenant, correlationId, commandId: derivedId('emit', key) },
    );
  }

  read(recorded: RecordedEvent): CloudEventDocument | null {
    return dressed(recorded);
  }
}
