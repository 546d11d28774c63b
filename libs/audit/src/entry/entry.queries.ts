// Reads of the audit trail, newest first: a tenant reads its own entries, the platform's auditors all.
import { Inject, Injectable } from '@nestjs/common';
import { PLATFORM_TENANT, rejected, type Position } from '@kari/kernel';
import { READ_DATABASE, type ReadDatabase } from '@kari/platform/database';
import { pageOf, type Connection, type PageRequest } from '@kari/platform/graphql';
import { PROJECTIONS_CLOCK, type ProjectionsClock } from '@kari/platform/projections';
import type { EntityManager, SelectQueryBuilder } from 'typeorm';
import { entryProjection, type EntryRow } from './entry.projection.js';
import { EntryView } from './entry.view.js';

export interface EntryFilter {
  /** Only in a read of the platform, which otherwise sees all. */
  readonly tenant?: string | null;
  readonly actor?: string | null;
  readonly operation?: string | null;
  readonly outcome?: EntryRow['outcome'] | null;
  readonly subject?: string | null;
  readonly correlationId?: string | null;
  /** Inclusive. */
  readonly since?: Date | null;
  /** Exclusive. */
  readonly until?: Date | null;
}

const EQUAL = ['tenant', 'actor', 'operation', 'outcome', 'subject', 'correlationId'] as const;

@Injectable()
export class EntryQueries {
  constructor(
    @Inject(READ_DATABASE) private readonly database: ReadDatabase,
    @Inject(PROJECTIONS_CLOCK) private readonly progress: ProjectionsClock,
  ) {}

  async page(request: PageRequest, filter: EntryFilter, waitFor: Position | null): Promise<Connection<EntryView>> {
    if (waitFor !== null) await this.progress.waitFor(entryProjection.name, waitFor);
    const rows = await this.read(request.tenant, (query) => {
      narrow(query, filter);
      if (request.after !== null) query.andWhere('entry.number < :after', { after: request.after[0] });
      return query.orderBy('entry.number', 'DESC').limit(request.limit).getMany();
    });
    return pageOf(rows, request, (row) => [row.number]);
  }

  /** Entries behind that number, oldest first. */
  async behind(tenant: string, number: string, limit: number): Promise<readonly EntryView[]> {
    return this.read(tenant, (query) =>
      query.andWhere('entry.number > :number', { number }).orderBy('entry.number').limit(limit).getMany(),
    );
  }

  /** The number of the last entry up to that position (default: of all); "0" when there is none. */
  async numberAt(position: Position | null): Promise<string> {
    if (position !== null && !/^\d{1,18}$/.test(position)) {
      throw rejected('REQUEST_INVALID', { operation: 'auditEntryRecorded', reason: '"after" is not a position of the log' });
    }
    // A view that lags behind the position would count entries as new that the caller has seen.
    if (position !== null) await this.progress.waitFor(entryProjection.name, position);
    const query = (manager: EntityManager) => {
      const builder = manager.createQueryBuilder(EntryView, 'entry').select('coalesce(max(entry.number), 0)::text', 'number');
      if (position !== null) builder.where('entry.position <= :position', { position });
      return builder.getRawOne<{ number: string }>();
    };
    return (await this.database.readAsPlatform(query))?.number ?? '0';
  }

  private read<T>(tenant: string, work: (query: SelectQueryBuilder<EntryView>) => Promise<T>): Promise<T> {
    const builder = (manager: EntityManager) => manager.createQueryBuilder(EntryView, 'entry');
    if (tenant === PLATFORM_TENANT) return this.database.readAsPlatform((manager) => work(builder(manager).where('true')));
    return this.database.readAs(tenant, (manager) => work(builder(manager).where('entry.tenant = :tenant', { tenant })));
  }
}

function narrow(query: SelectQueryBuilder<EntryView>, filter: EntryFilter): void {
  for (const name of EQUAL) {
    const wanted = filter[name] ?? null;
    if (wanted !== null) query.andWhere(`entry.${name} = :wanted_${name}`, { [`wanted_${name}`]: wanted });
  }
  const { since = null, until = null } = filter;
  if (since !== null) query.andWhere('entry.occurredAt >= :since', { since });
  if (until !== null) query.andWhere('entry.occurredAt < :until', { until });
}
