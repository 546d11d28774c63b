// Reads of the members of the tenant acted on.
import { Inject, Injectable } from '@nestjs/common';
import type { Position } from '@kari/kernel';
import { READ_DATABASE, type ReadDatabase } from '@kari/platform/database';
import { pageOf, type Connection, type PageRequest } from '@kari/platform/graphql';
import { PROJECTIONS_CLOCK, type ProjectionsClock } from '@kari/platform/projections';
import { memberProjection } from './member.projection.js';
import { MemberView } from './member.view.js';

@Injectable()
export class MemberQueries {
  constructor(
    @Inject(READ_DATABASE) private readonly database: ReadDatabase,
    @Inject(PROJECTIONS_CLOCK) private readonly progress: ProjectionsClock,
  ) {}

  /** In the order of their ids. */
  async page(request: PageRequest, waitFor: Position | null): Promise<Connection<MemberView>> {
    if (waitFor !== null) await this.progress.waitFor(memberProjection.name, waitFor);
    const rows = await this.database.readAs(request.tenant, (manager) => {
      const query = manager.createQueryBuilder(MemberView, 'member').where('member.tenant = :tenant', { tenant: request.tenant });
      if (request.after !== null) query.andWhere('member.member > :after', { after: request.after[0] });
      return query.orderBy('member.member').limit(request.limit).getMany();
    });
    return pageOf(rows, request, (row) => [row.member]);
  }
}
