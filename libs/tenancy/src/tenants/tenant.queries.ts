// Reads of the list of tenants: the platform's people see all, a tenant sees itself.
import { Inject, Injectable } from '@nestjs/common';
import { PLATFORM_TENANT, rejected, type Position, type RequestContext } from '@kari/kernel';
import { READ_DATABASE, type ReadDatabase } from '@kari/platform/database';
import { pageOf, type Connection, type PageRequest } from '@kari/platform/graphql';
import { PROJECTIONS_CLOCK, type ProjectionsClock } from '@kari/platform/projections';
import { tenantProjection } from './tenant.projection.js';
import { TenantView } from './tenant.view.js';

@Injectable()
export class TenantQueries {
  constructor(
    @Inject(READ_DATABASE) private readonly database: ReadDatabase,
    @Inject(PROJECTIONS_CLOCK) private readonly progress: ProjectionsClock,
  ) {}

  /** Every tenant, by slug. Only behind a right of the platform. */
  async page(request: PageRequest, waitFor: Position | null): Promise<Connection<TenantView>> {
    if (waitFor !== null) await this.progress.waitFor(tenantProjection.name, waitFor);
    const rows = await this.database.readAsPlatform((manager) => {
      const query = manager.createQueryBuilder(TenantView, 'tenant').orderBy('tenant.slug').limit(request.limit);
      if (request.after !== null) query.where('tenant.slug > :after', { after: request.after[0] });
      return query.getMany();
    });
    return pageOf(rows, request, (row) => [row.slug]);
  }

  /** The tenant acted on; from the platform, any by id or slug. */
  async one(caller: RequestContext, idOrSlug: string, waitFor: Position | null): Promise<TenantView> {
    if (waitFor !== null) await this.progress.waitFor(tenantProjection.name, waitFor);
    const where = [{ tenant: idOrSlug }, { slug: idOrSlug }];
    const found =
      caller.tenant === PLATFORM_TENANT
        ? await this.database.readAsPlatform((manager) => manager.findOne(TenantView, { where }))
        : await this.database.readAs(caller.tenant, (manager) =>
            manager.findOne(TenantView, { where: where.map((one) => ({ ...one, tenant: caller.tenant })) }),
          );
    if (found === null || (found.tenant !== idOrSlug && found.slug !== idOrSlug))
      throw rejected('REQUEST_NOT_FOUND', { thing: 'tenant', id: idOrSlug });
    return found;
  }
}
