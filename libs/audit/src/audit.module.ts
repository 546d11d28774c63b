// The audit trail: gives everybody the port that records, and the API its reads.
import { Global, Inject, Module } from '@nestjs/common';
import { AUDIT } from '@kari/kernel';
import { EVENTS, PROJECTIONS, type AnyEventDefinition, type AnyProjection, type Registry } from '@kari/platform/registry';
import { AUDIT_LEAVES } from './contract.js';
import { EntryChanges } from './entry/entry-changes.js';
import { entryEventDefinitions } from './entry/entry.events.js';
import { entryProjection } from './entry/entry.projection.js';
import { EntryLeaves } from './entry/entry-leaves.adapter.js';
import { EntryQueries } from './entry/entry.queries.js';
import { EntryResolver } from './entry/entry.resolver.js';
import { EventStoreAudit } from './entry/event-store-audit.adapter.js';

@Global()
@Module({
  providers: [
    EntryChanges,
    EntryQueries,
    EntryResolver,
    { provide: AUDIT, useClass: EventStoreAudit },
    { provide: AUDIT_LEAVES, useClass: EntryLeaves },
  ],
  exports: [AUDIT, AUDIT_LEAVES],
})
export class AuditModule {
  constructor(@Inject(EVENTS) events: Registry<AnyEventDefinition>, @Inject(PROJECTIONS) projections: Registry<AnyProjection>) {
    events.add(...entryEventDefinitions);
    projections.add(entryProjection);
  }
}
