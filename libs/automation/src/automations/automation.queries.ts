// Reads of automations, and of what each has done.
import { Inject, Injectable } from '@nestjs/common';
import type { Position } from '@kari/kernel';
import { READ_DATABASE, type ReadDatabase } from '@kari/platform/database';
import { pageOf, type Connection, type PageRequest } from '@kari/platform/graphql';
import { PROJECTIONS_CLOCK, type ProjectionsClock } from '@kari/platform/projections';
import { automationProjection } from './automation.projection.js';
import { AutomationView } from './automation.view.js';

@Injectable()
export class AutomationQueries {
  constructor(
    @Inject(READ_DATABASE) private readonly database: ReadDatabase,
    @Inject(PROJECTIONS_CLOCK) private readonly progress: ProjectionsClock,
  ) {}

  async page(request: PageRequest, waitFor: Position | null): Promise<Connection<AutomationView>> {
    await this.shown(waitFor);
    const rows = await this.database.readAs(request.tenant, (manager) => {
      const query = manager
        .createQueryBuilder(AutomationView, 'automation')
        .where('automation.tenant = :tenant', { tenant: request.tenant })
        .orderBy('automation.name')
        .limit(request.limit);
      if (request.after !== null) query.andWhere('automation.name > :after', { after: request.after[0] });
      return query.getMany();
    });
    return pageOf(rows, request, ({ name }) => [name]);
  }

  async find(tenant: string, name: string, waitFor: Position | null): Promise<AutomationView | null> {
    await this.shown(waitFor);
    return this.database.readAs(tenant, (manager) => manager.findOneBy(AutomationView, { tenant, name }));
  }

  private async shown(position: Position | null): Promise<void> {
    if (position !== null) await this.progress.waitFor(automationProjection.name, position);
  }
}
