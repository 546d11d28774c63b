// Schedules that things bring along, and the end of all schedules of what is gone.
import { Inject, Injectable } from '@nestjs/common';
import { COMMAND_BUS, derivedId, EVENT_STORE, type CommandBus, type EventStore } from '@kari/kernel';
import { systemPrincipal } from '@kari/platform/command-bus';
import type { AttachedSchedule, AttachmentCause, Schedules } from '../contract.js';
import { ScheduleQueries } from '../list/schedule.queries.js';
import type { ScheduleCommand } from './schedule.commands.js';

const principal = systemPrincipal('schedule.attachments');

@Injectable()
export class Attachments implements Schedules {
  constructor(
    private readonly queries: ScheduleQueries,
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
    @Inject(EVENT_STORE) private readonly store: EventStore,
  ) {}

  attach({ kind, id, name, timing, overlap, missed }: AttachedSchedule, cause: AttachmentCause): Promise<void> {
    const schedule = attachedId(cause.tenant, kind, id);
    return this.send({ type: 'AttachSchedule', data: { schedule, name, target: { kind, id }, timing, overlap, missed } }, cause);
  }

  detach(kind: string, id: string, cause: AttachmentCause): Promise<void> {
    return this.send({ type: 'DetachSchedule', data: { schedule: attachedId(cause.tenant, kind, id) } }, cause);
  }

  async targetGone(kind: string, id: string, cause: AttachmentCause): Promise<void> {
    const { tenant } = cause;
    for (const schedule of await this.queries.ofTarget(tenant, kind, id, await this.store.head())) {
      await this.send({ type: 'DetachSchedule', data: { schedule } }, cause);
    }
  }

  private async send(command: ScheduleCommand, { tenant, correlationId, eventId }: AttachmentCause): Promise<void> {
    const commandId = derivedId(eventId, command.type, command.data.schedule);
    await this.bus.send(command, { principal, tenant, correlationId, causationId: eventId, commandId });
  }
}

/** One for each target. */
function attachedId(tenant: string, kind: string, id: string): string {
  return derivedId('attached schedule', tenant, kind, id);
}
