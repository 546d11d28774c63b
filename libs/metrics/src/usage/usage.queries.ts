// Reads of what extensions used, newest hour first.
import { Inject, Injectable } from '@nestjs/common';
import { READ_DATABASE, type ReadDatabase } from '@kari/platform/database';
import { pageOf, type Connection, type PageRequest } from '@kari/platform/graphql';
import { UsageView } from './usage.view.js';

export interface UsageFilter {
  readonly extension: string | null;
  /** Inclusive start of the first hour. */
  readonly from: Date | null;
  /** Exclusive. */
  readonly to: Date | null;
}

@Injectable()
export class UsageQueries {
  constructor(@Inject(READ_DATABASE) private readonly database: ReadDatabase) {}

  async page(tenant: string, filter: UsageFilter, request: PageRequest): Promise<Connection<UsageView>> {
    const rows = await this.database.readAs(tenant, (manager) => {
      const query = manager
        .createQueryBuilder(UsageView, 'usage')
        .where('usage.tenant = :tenant', { tenant })
        .orderBy('usage.hour', 'DESC')
        .addOrderBy('usage.extension', 'ASC')
        .limit(request.limit);
      if (filter.extension !== null) query.andWhere('usage.extension = :extension', { extension: filter.extension });
      if (filter.from !== null) query.andWhere('usage.hour >= :from', { from: filter.from });
      if (filter.to !== null) query.andWhere('usage.hour < :to', { to: filter.to });
      if (request.after !== null) {
        const [hour, extension] = request.after;
        query.andWhere('(usage.hour < :hour or (usage.hour = :hour and usage.extension > :after))', { hour, after: extension });
      }
      return query.getMany();
    });
    return pageOf(rows, request, (row) => [row.hour.toISOString(), row.extension]);
  }
}
