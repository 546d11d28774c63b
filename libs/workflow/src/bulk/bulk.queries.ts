// Reads of bulk wishes, and the sets they would mean.
import { Inject, Injectable } from '@nestjs/common';
import { rejected, type Position } from '@kari/kernel';
import { READ_DATABASE, type ReadDatabase } from '@kari/platform/database';
import { pageOf, type Connection, type PageRequest } from '@kari/platform/graphql';
import { PROJECTIONS_CLOCK, type ProjectionsClock } from '@kari/platform/projections';
import type { RunFilter } from '../run/run.projection.js';
import { RunQueries } from '../run/run.queries.js';
import { hashOfSet, narrowedTo } from './bulk-set.rules.js';
import { MOST_RUNS, type BulkAction } from './bulk.events.js';
import { bulkProjection } from './bulk.projection.js';
import { BulkView } from './bulk.view.js';

export interface BulkSet {
  readonly runs: readonly string[];
  readonly hash: string;
}

@Injectable()
export class BulkQueries {
  constructor(
    @Inject(READ_DATABASE) private readonly database: ReadDatabase,
    @Inject(PROJECTIONS_CLOCK) private readonly progress: ProjectionsClock,
    private readonly runs: RunQueries,
  ) {}

  /** As of now. Throws `Rejection` WORKFLOW_BULK_TOO_MANY. */
  async set(tenant: string, action: BulkAction, filter: RunFilter): Promise<BulkSet> {
    const narrowed = narrowedTo(action, filter);
    const runs = narrowed === null ? [] : await this.runs.idsNow(tenant, narrowed, MOST_RUNS + 1);
    if (runs.length > MOST_RUNS) throw rejected('WORKFLOW_BULK_TOO_MANY', { limit: MOST_RUNS });
    return { runs, hash: hashOfSet(action, runs) };
  }

  /** Newest first. */
  async page(request: PageRequest, waitFor: Position | null): Promise<Connection<BulkView>> {
    if (waitFor !== null) await this.progress.waitFor(bulkProjection.name, waitFor);
    const rows = await this.database.readAs(request.tenant, (manager) => {
      const query = manager
        .createQueryBuilder(BulkView, 'bulk')
        .where('bulk.tenant = :tenant', { tenant: request.tenant })
        .orderBy('bulk.position', 'DESC')
        .limit(request.limit);
      if (request.after !== null) query.andWhere('bulk.position < :after', { after: request.after[0] });
      return query.getMany();
    });
    return pageOf(rows, request, ({ position }) => [position]);
  }

  async one(tenant: string, bulk: string, waitFor: Position | null): Promise<BulkView> {
    if (waitFor !== null) await this.progress.waitFor(bulkProjection.name, waitFor);
    const known = /^[0-9a-f-]{36}$/.test(bulk);
    const found = known ? await this.database.readAs(tenant, (manager) => manager.findOneBy(BulkView, { tenant, id: bulk })) : null;
    if (found === null) throw rejected('WORKFLOW_BULK_UNKNOWN', { bulk: bulk.slice(0, 100) });
    return found;
  }
}
