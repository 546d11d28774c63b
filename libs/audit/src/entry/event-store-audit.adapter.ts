// Writes the trace of refusals, reads, no-ops and broker decisions into the log itself: one event in a stream of its own, before the answer
// leaves. The store's group append batches entries with whatever else is under way.
import { Inject, Injectable } from '@nestjs/common';
import {
  CLOCK,
  EVENT_STORE,
  IDS,
  isoNow,
  PLATFORM_TENANT,
  streamId,
  TIMERS,
  Unavailable,
  type Audit,
  type AuditRecord,
  type Clock,
  type EventMeta,
  type EventStore,
  type Ids,
  type NewEvent,
  type Timers,
} from '@kari/kernel';
import { withinDeadline } from '@kari/platform/command-bus';
import { isSecretName, REDACTOR, type Redactor } from '@kari/platform/telemetry';
import type { AuditEntryRecorded } from './entry.events.js';
import { entryFacts, entryText } from './entry-facts.rules.js';

/** Nobody waits longer than this for an entry: the operation is then refused as unavailable. */
const DEADLINE_MS = 1_500;
const TENANT = /^(_|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

@Injectable()
export class EventStoreAudit implements Audit {
  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(IDS) private readonly ids: Ids,
    @Inject(TIMERS) private readonly timers: Timers,
    @Inject(REDACTOR) private readonly redactor: Redactor,
  ) {}

  async record(record: AuditRecord): Promise<void> {
    const entry = this.ids.next();
    // Nothing proven names another form; should a defect hand one over, the entry is still kept, with the platform.
    const tenant = TENANT.test(record.tenant) ? record.tenant : PLATFORM_TENANT;
    const stream = streamId('audit.entry', tenant, entry);
    const appended = this.store.append([{ stream, expected: 'none', events: [this.event(entry, tenant, record)] }]);
    const [result] = await withinDeadline(this.timers, DEADLINE_MS, 'the audit trail', appended);
    if (result?.ok !== true) throw new Unavailable('the audit trail refused an entry', false, { cause: result?.error });
  }

  private event(entry: string, tenant: string, record: AuditRecord): NewEvent {
    const clean = (text: string) => this.redactor.text(text);
    const data: AuditEntryRecorded['data'] = {
      entry,
      operation: entryText(record.operation, clean),
      outcome: record.outcome,
      subject: record.subject === null ? null : entryText(record.subject, clean),
      code: record.code ?? null,
      facts: entryFacts(withoutSecretNames(record.facts ?? {}), clean),
      commandId: record.commandId ?? null,
    };
    const meta: EventMeta = {
      tenant,
      actor: entryText(record.actor, clean),
      actorKind: record.actorKind,
      commandId: record.commandId ?? entry,
      commandType: data.operation,
      correlationId: entryText(record.correlationId, clean),
      occurredAt: isoNow(this.clock),
      ...(record.traceparent === undefined ? {} : { traceparent: record.traceparent }),
    };
    return { id: entry, type: 'AuditEntryRecorded', version: 1, data, meta };
  }
}

function withoutSecretNames(facts: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, isSecretName(name) ? '[redacted]' : value]));
}
