// With an extension goes what its tenant had decided about its rights: one that comes later under the same name begins with its manifest.
import { Inject, Injectable } from '@nestjs/common';
import { COMMAND_BUS, derivedId, idOf, tenantOf, type CommandBus, type RecordedEvent } from '@kari/kernel';
import { extensionEvents } from '@kari/extension/contract';
import { systemPrincipal } from '@kari/platform/command-bus';
import type { Reactor } from '@kari/platform/registry';
import { DeclaredRights } from './declared-rights.js';

@Injectable()
export class ForgottenRights implements Reactor {
  readonly name = 'security.forgotten-rights';
  readonly handles = [extensionEvents.removed] as const;
  readonly runs = 'once';

  constructor(
    @Inject(DeclaredRights) private readonly rights: DeclaredRights,
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
  ) {}

  async react({ id, stream, meta }: RecordedEvent): Promise<void> {
    const [tenant, extension] = [tenantOf(stream), idOf(stream)];
    // A command that changes nothing leaves an entry, too: most removals have nothing to forget.
    if (Object.keys(await this.rights.chosenFor(tenant, extension)).length === 0) return;
    await this.bus.send(
      { type: 'ForgetRightRoles', data: { extension } },
      {
        principal: systemPrincipal(this.name),
        tenant,
        correlationId: meta.correlationId,
        causationId: id,
        commandId: derivedId(id, this.name),
      },
    );
  }
}
