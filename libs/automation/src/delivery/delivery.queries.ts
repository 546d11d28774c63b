// Reads of deliveries: the parked ones, and how far the events of a tenant have come.
import { Inject, Injectable } from '@nestjs/common';
import type { Position } from '@kari/kernel';
import { READ_DATABASE, type ReadDatabase } from '@kari/platform/database';
import { pageOf, type Connection, type PageRequest } from '@kari/platform/graphql';
import { PROJECTIONS_CLOCK, type ProjectionsClock } from '@kari/platform/projections';
import { DeliveryView, type DeliveryState } from './delivery.view.js';
import { parkedProjection } from './parked-event.projection.js';
import { ParkedEventView } from './parked-event.view.js';

export interface DeliveryFilter {
  readonly event: string | null;
  readonly subscriber: string | null;
  readonly state: DeliveryState | null;
}

@Injectable()
export class DeliveryQueries {
  constructor(
    @Inject(READ_DATABASE) private readonly database: ReadDatabase,
    @Inject(PROJECTIONS_CLOCK) private readonly progress: ProjectionsClock,
  ) {}

  async parked(request: PageRequest, waitFor: Position | null): Promise<Connection<ParkedEventView>> {
    if (waitFor !== null) await this.progress.waitFor(parkedProjection.name, waitFor);
    const rows = await this.database.readAs(request.tenant, (manager) => {
      const query = manager
        .createQueryBuilder(ParkedEventView, 'parked')
        .where('parked.tenant = :tenant', { tenant: request.tenant })
        .orderBy('parked.subscriber')
        .addOrderBy('parked.event')
        .limit(request.limit);
      if (request.after !== null) {
        const [subscriber, event] = request.after;
        query.andWhere('(parked.subscriber, parked.event_id) > (:subscriber, :event::uuid)', { subscriber, event });
      }
      return query.getMany();
    });
    return pageOf(rows, request, ({ subscriber, event }) => [subscriber, event]);
  }

  /** Newest event first. */
  async page(request: PageRequest, filter: DeliveryFilter): Promise<Connection<DeliveryView>> {
    const rows = await this.database.readAs(request.tenant, (manager) => {
      const query = manager
        .createQueryBuilder(DeliveryView, 'delivery')
        .where('delivery.tenant = :tenant', { tenant: request.tenant })
        .orderBy('delivery.position', 'DESC')
        .addOrderBy('delivery.subscriber')
        .limit(request.limit);
      for (const column of ['event', 'subscriber', 'state'] as const) {
        if (filter[column] !== null) query.andWhere(`delivery.${column} = :${column}`, { [column]: filter[column] });
      }
      if (request.after !== null) {
        const [position, subscriber] = request.after;
        query.andWhere('(delivery.position < :position or (delivery.position = :position and delivery.subscriber > :behind))', {
          position,
          behind: subscriber,
        });
      }
      return query.getMany();
    });
    return pageOf(rows, request, ({ position, subscriber }) => [position, subscriber]);
  }
}
