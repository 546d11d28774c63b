// Reads of the sandboxes of the tenant acted on; of every tenant for the platform. Where the host runs in this process, what a running
// process uses this moment is added.
import { Inject, Injectable } from '@nestjs/common';
import { PLATFORM_TENANT, rejected, type RequestContext } from '@kari/kernel';
import { READ_DATABASE, type ReadDatabase } from '@kari/platform/database';
import { pageOf, type Connection, type PageRequest } from '@kari/platform/graphql';
import { PROJECTIONS_CLOCK, type ProjectionsClock } from '@kari/platform/projections';
import { SANDBOXES, type Sandboxes, type SandboxStatus } from '../contract.js';
import { statusProjection } from './status.projection.js';
import { StatusView } from './status.view.js';

export interface SandboxRow {
  readonly view: StatusView;
  /** Null where no process of this host serves it. */
  readonly live: SandboxStatus | null;
}

@Injectable()
export class StatusQueries {
  constructor(
    @Inject(READ_DATABASE) private readonly database: ReadDatabase,
    @Inject(PROJECTIONS_CLOCK) private readonly progress: ProjectionsClock,
    @Inject(SANDBOXES) private readonly sandboxes: Sandboxes,
  ) {}

  /** By tenant and extension. */
  async page(request: PageRequest, waitFor: string | null): Promise<Connection<SandboxRow>> {
    if (waitFor !== null) await this.progress.waitFor(statusProjection.name, waitFor);
    const read = async (manager: Parameters<Parameters<ReadDatabase['readAs']>[1]>[0]) => {
      const query = manager.createQueryBuilder(StatusView, 'status');
      if (request.tenant !== PLATFORM_TENANT) query.where('status.tenant = :tenant', { tenant: request.tenant });
      if (request.after !== null) {
        const [tenant, extension] = request.after;
        query.andWhere('(status.tenant, status.extension) > (:afterTenant, :afterExtension)', {
          afterTenant: tenant,
          afterExtension: extension,
        });
      }
      return query.orderBy('status.tenant').addOrderBy('status.extension').limit(request.limit).getMany();
    };
    const rows =
      request.tenant === PLATFORM_TENANT ? await this.database.readAsPlatform(read) : await this.database.readAs(request.tenant, read);
    return pageOf(this.withUse(rows), request, ({ view }) => [view.tenant, view.extension]);
  }

  async one(caller: RequestContext, extension: string): Promise<SandboxRow> {
    const view = await this.database.readAs(caller.tenant, (manager) =>
      manager.findOneBy(StatusView, { tenant: caller.tenant, extension }),
    );
    if (view === null) throw rejected('SANDBOX_NEVER_STARTED', { extension });
    return this.withUse([view])[0] as SandboxRow;
  }

  private withUse(rows: readonly StatusView[]): readonly SandboxRow[] {
    const live = new Map([...new Set(rows.map(({ tenant }) => tenant))].map((tenant) => [tenant, this.sandboxes.statuses(tenant)]));
    return rows.map((view) => ({ view, live: live.get(view.tenant)?.find(({ extension }) => extension === view.extension) ?? null }));
  }
}
