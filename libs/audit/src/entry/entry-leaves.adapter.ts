// Entries of the trail as leaves: for events that will stand for others in the log.
import { Inject, Injectable } from '@nestjs/common';
import { Unavailable, type Position } from '@kari/kernel';
import { SYSTEM_DATABASE, type SystemDatabase } from '@kari/platform/database';
import { PROJECTIONS_CLOCK, type ProjectionsClock } from '@kari/platform/projections';
import type { AuditLeaf, AuditLeaves } from '../contract.js';
import { entryProjection } from './entry.projection.js';

type Stored = Omit<AuditLeaf, 'occurred_at'> & { readonly occurred_at: Date };

@Injectable()
export class EntryLeaves implements AuditLeaves {
  constructor(
    @Inject(SYSTEM_DATABASE) private readonly database: SystemDatabase,
    @Inject(PROJECTIONS_CLOCK) private readonly progress: ProjectionsClock,
  ) {}

  async of(tenant: string, commandIds: readonly string[], upTo: Position): Promise<readonly AuditLeaf[]> {
    await this.progress.waitFor(entryProjection.name, upTo);
    const rows = await this.database.query<Stored>(
      `select operation_id, number::text, occurred_at, actor, actor_kind, operation, subject, events, correlation_id, traceparent, position::text
       from audit.entry where tenant = $1 and operation_id = any($2) order by audit.entry.number`,
      [tenant, commandIds],
    );
    // One that is parked in the view would be lost with its events.
    if (rows.length !== commandIds.length)
      throw new Unavailable(`${commandIds.length - rows.length} audit entries are not in the trail yet`, true);
    return rows.map((row) => ({ ...row, occurred_at: row.occurred_at.toISOString() }));
  }
}
