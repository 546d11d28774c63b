// What the installed version of an extension declares is what there is in its tenant: declared with an install, changed where a version takes over or an
// older one comes back, held while it is disabled, withdrawn with it.
import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, COMMAND_BUS, derivedId, idOf, isoNow, type Clock, type CommandBus, type RecordedEvent } from '@kari/kernel';
import { extensionEvents, type Installation } from '@kari/extension/contract';
import { systemPrincipal } from '@kari/platform/command-bus';
import type { Reactor } from '@kari/platform/registry';
import { tenancyEvents } from '@kari/tenancy/contract';
import { declaredTasks } from './declared-tasks.rules.js';
import { InstalledVersion } from './installed-version.js';
import type { TaskCommand } from './task.commands.js';
import { TaskQueries } from './task.queries.js';

const principal = systemPrincipal('schedule.declared-tasks');

@Injectable()
export class DeclaredTasks implements Reactor {
  readonly name = 'schedule.declared-tasks';
  readonly runs = 'once';
  readonly handles = [
    extensionEvents.installed,
    extensionEvents.enabled,
    extensionEvents.disabled,
    extensionEvents.removed,
    extensionEvents.upgraded,
    extensionEvents.rolledBack,
    tenancyEvents.tenantDeleted,
  ];

  constructor(
    @Inject(InstalledVersion) private readonly installed: Pick<InstalledVersion, 'asOf'>,
    @Inject(TaskQueries) private readonly queries: Pick<TaskQueries, 'idsOf'>,
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async react(event: RecordedEvent): Promise<void> {
    if (event.type === tenancyEvents.tenantDeleted) return this.withdraw(event, idOf(event.stream), null, new Set());
    const extension = idOf(event.stream);
    const installation = await this.installed.asOf(event);
    const declared = installation === null ? new Map<string, never>() : declaredTasks(installation.version.manifest, isoNow(this.clock));
    for (const [task, definition] of declared) {
      const { version } = installation?.version ?? { version: '' };
      await this.send(event, event.meta.tenant, {
        type: 'DeclareTask',
        data: { task, version, definition, held: heldBy(installation) },
      });
    }
    await this.withdraw(event, event.meta.tenant, extension, new Set(declared.keys()));
  }

  private async withdraw(event: RecordedEvent, tenant: string, extension: string | null, kept: ReadonlySet<string>): Promise<void> {
    for (const task of await this.queries.idsOf(tenant, extension, event.position)) {
      if (!kept.has(task)) await this.send(event, tenant, { type: 'WithdrawTask', data: { task } });
    }
  }

  private async send(event: RecordedEvent, tenant: string, command: TaskCommand): Promise<void> {
    const { correlationId } = event.meta;
    const commandId = derivedId(event.id, command.type, command.data.task);
    await this.bus.send(command, { principal, tenant, correlationId, causationId: event.id, commandId });
  }
}

function heldBy(installation: Installation | null): string | null {
  return installation === null || installation.status === 'enabled' ? null : `the extension is ${installation.status} in this tenant`;
}
