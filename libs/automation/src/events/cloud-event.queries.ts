// Reads of emitted and sent events, newest first.
import { Inject, Injectable } from '@nestjs/common';
import type { Position } from '@kari/kernel';
import { READ_DATABASE, type ReadDatabase } from '@kari/platform/database';
import { pageOf, type Connection, type PageRequest } from '@kari/platform/graphql';
import { PROJECTIONS_CLOCK, type ProjectionsClock } from '@kari/platform/projections';
import { cloudEventProjection } from './cloud-event.projection.js';
import { CloudEventView } from './cloud-event.view.js';

export interface CloudEventFilter {
  readonly type: string | null;
  readonly source: string | null;
  readonly run: string | null;
}

@Injectable()
export class CloudEventQueries {
  constructor(
    @Inject(READ_DATABASE) private readonly database: ReadDatabase,
    @Inject(PROJECTIONS_CLOCK) private readonly progress: ProjectionsClock,
  ) {}

  async page(request: PageRequest, filter: CloudEventFilter, waitFor: Position | null): Promise<Connection<CloudEventView>> {
    if (waitFor !== null) await this.progress.waitFor(cloudEventProjection.name, waitFor);
    const rows = await this.database.readAs(request.tenant, (manager) => {
      const query = manager
        .createQueryBuilder(CloudEventView, 'event')
        .where('event.tenant = :tenant', { tenant: request.tenant })
        .orderBy('event.position', 'DESC')
        .limit(request.limit);
      for (const column of ['type', 'source', 'run'] as const) {
        if (filter[column] !== null) query.andWhere(`event.${column} = :${column}`, { [column]: filter[column] });
      }
      if (request.after !== null) query.andWhere('event.position < :after', { after: request.after[0] });
      return query.getMany();
    });
    return pageOf(rows, request, ({ position }) => [position]);
  }
}
