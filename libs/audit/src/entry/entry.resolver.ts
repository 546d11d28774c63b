// The audit trail in the API.
import { Args, Query, Resolver, Subscription } from '@nestjs/graphql';
import type { RequestContext } from '@kari/kernel';
import { Caller, ConnectionOf, Gone, mapPage, Operation, pageRequest, type Connection } from '@kari/platform/graphql';
import { EntryChanges } from './entry-changes.js';
import { AuditEntriesArgs, AuditEntry, auditEntryOf } from './entry.graphql.js';
import { EntryQueries } from './entry.queries.js';
import type { EntryView } from './entry.view.js';

@Resolver()
export class EntryResolver {
  constructor(
    private readonly queries: EntryQueries,
    private readonly changes: EntryChanges,
  ) {}

  @Query(() => ConnectionOf(AuditEntry), {
    description: 'The audit trail, newest first: of the tenant acted on, or from the platform of all.',
  })
  @Operation({ right: 'audit.read', scope: 'tenant', audit: 'entry' })
  async auditEntries(
    @Args() { filter, waitFor, ...page }: AuditEntriesArgs,
    @Caller() caller: RequestContext,
  ): Promise<Connection<AuditEntry>> {
    const request = pageRequest('auditEntries', page, caller.tenant);
    return mapPage(await this.queries.page(request, filter ?? {}, waitFor ?? null), auditEntryOf);
  }

  @Subscription(() => AuditEntry, {
    description: 'Each entry as it is recorded; `after` resumes behind a position.',
    resolve: (entry: EntryView) => auditEntryOf(entry),
  })
  @Operation({ right: 'audit.read', scope: 'tenant', audit: 'entry' })
  auditEntryRecorded(
    @Args('after', { type: () => String, nullable: true }) after: string | null | undefined,
    @Caller() caller: RequestContext,
    @Gone() gone: AbortSignal,
  ): AsyncIterable<EntryView> {
    return this.changes.after(caller.tenant, after ?? null, gone);
  }
}
