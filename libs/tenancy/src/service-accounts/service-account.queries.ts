// Reads of the service accounts of the tenant acted on.
import { Inject, Injectable } from '@nestjs/common';
import type { Position } from '@kari/kernel';
import { READ_DATABASE, type ReadDatabase } from '@kari/platform/database';
import { pageOf, type Connection, type PageRequest } from '@kari/platform/graphql';
import { PROJECTIONS_CLOCK, type ProjectionsClock } from '@kari/platform/projections';
import { serviceAccountProjection } from './service-account.projection.js';
import { ServiceAccountView } from './service-account.view.js';

@Injectable()
export class ServiceAccountQueries {
  constructor(
    @Inject(READ_DATABASE) private readonly database: ReadDatabase,
    @Inject(PROJECTIONS_CLOCK) private readonly progress: ProjectionsClock,
  ) {}

  /** In the order of their ids. */
  async page(request: PageRequest, waitFor: Position | null): Promise<Connection<ServiceAccountView>> {
    if (waitFor !== null) await this.progress.waitFor(serviceAccountProjection.name, waitFor);
    const rows = await this.database.readAs(request.tenant, (manager) => {
      const query = manager.createQueryBuilder(ServiceAccountView, 'account').where('account.tenant = :tenant', { tenant: request.tenant });
      if (request.after !== null) query.andWhere('account.serviceAccount > :after', { after: request.after[0] });
      return query.orderBy('account.serviceAccount').limit(request.limit).getMany();
    });
    return pageOf(rows, request, (row) => [row.serviceAccount]);
  }
}
