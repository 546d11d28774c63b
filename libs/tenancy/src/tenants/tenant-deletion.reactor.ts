// Carries a deletion out: export if asked for, then everybody is forgotten, then the tenant is gone. Each step is a command whose id
// follows from the request, so that a repeat after a crash changes nothing; the tenant is closed from the request on.
import { Inject, Injectable } from '@nestjs/common';
import {
  COMMAND_BUS,
  derivedId,
  EVENT_STORE,
  PLATFORM_TENANT,
  type CommandBus,
  type EventStore,
  type RecordedEvent,
  type RequestContext,
} from '@kari/kernel';
import { BLOBS, type Blobs } from '@kari/platform/blob';
import { systemPrincipal } from '@kari/platform/command-bus';
import type { Reactor } from '@kari/platform/registry';
import type { TenantEvent } from './tenant.events.js';

const NAME = 'tenancy.tenant-deletion';

@Injectable()
export class TenantDeletion implements Reactor {
  readonly name = NAME;
  readonly handles = ['TenantDeletionRequested'];
  readonly runs = 'once';

  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
    @Inject(BLOBS) private readonly blobs: Blobs,
  ) {}

  async react(event: RecordedEvent): Promise<void> {
    const requested = event as unknown as Extract<TenantEvent, { type: 'TenantDeletionRequested' }>;
    const { tenant } = requested.data;
    const exported = requested.data.export ? await this.export(tenant, event.position) : null;
    await this.bus.send({ type: 'DissolveMembership', data: {} }, following(event, tenant, 'dissolve'));
    await this.bus.send(
      { type: 'CompleteTenantDeletion', data: { tenant, export: exported } },
      following(event, PLATFORM_TENANT, 'complete'),
    );
  }

  // Everything the tenant did up to its end, one event a line. Content-addressed: exporting again after a crash gives the same blob, as
  // long as nobody is forgotten yet, and that comes after.
  private async export(tenant: string, upTo: string): Promise<{ blob: string; events: number }> {
    const lines: string[] = [];
    for await (const event of this.store.readAll()) {
      if (BigInt(event.position) > BigInt(upTo)) break;
      if (event.meta.tenant === tenant || isAbout(event, tenant))
        lines.push(JSON.stringify({ ...event, revision: event.revision.toString() }));
    }
    return { blob: await this.blobs.put(Buffer.from(lines.map((line) => `${line}\n`).join(''))), events: lines.length };
  }
}

function isAbout(event: RecordedEvent, tenant: string): boolean {
  return event.stream === `tenancy.tenant-_~${tenant}`;
}

function following(event: RecordedEvent, tenant: string, step: string): RequestContext {
  return {
    principal: systemPrincipal(NAME),
    tenant,
    correlationId: event.meta.correlationId,
    causationId: event.id,
    commandId: derivedId(event.id, NAME, step),
    ...(event.meta.traceparent === undefined ? {} : { traceparent: event.meta.traceparent }),
  };
}
