// Reads of published events, newest first.
import { Inject, Injectable } from '@nestjs/common';
import type { Position } from '@kari/kernel';
import { READ_DATABASE, type ReadDatabase } from '@kari/platform/database';
import { pageOf, type Connection, type PageRequest } from '@kari/platform/graphql';
import { PROJECTIONS_CLOCK, type ProjectionsClock } from '@kari/platform/projections';
import { eventProjection } from './event.projection.js';
import { EventView } from './event.view.js';

export interface EventFilter {
  readonly extension: string | null;
  readonly type: string | null;
  readonly key: string | null;
}

@Injectable()
export class EventQueries {
  constructor(
    @Inject(READ_DATABASE) private readonly database: ReadDatabase,
    @Inject(PROJECTIONS_CLOCK) private readonly progress: ProjectionsClock,
  ) {}

  async page(request: PageRequest, filter: EventFilter, waitFor: Position | null): Promise<Connection<EventView>> {
    if (waitFor !== null) await this.progress.waitFor(eventProjection.name, waitFor);
    const rows = await this.database.readAs(request.tenant, (manager) => {
      const query = manager
        .createQueryBuilder(EventView, 'event')
        .where('event.tenant = :tenant', { tenant: request.tenant })
        .orderBy('event.position', 'DESC')
        .limit(request.limit);
      for (const column of ['extension', 'type', 'key'] as const) {
        if (filter[column] !== null) query.andWhere(`event.${column} = :${column}`, { [column]: filter[column] });
      }
      if (request.after !== null) query.andWhere('event.position < :after', { after: request.after[0] });
      return query.getMany();
    });
    return pageOf(rows, request, ({ position }) => [position]);
  }
}
