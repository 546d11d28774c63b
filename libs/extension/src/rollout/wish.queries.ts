// Reads of the wishes for all tenants and of what came of them in each.
import { Inject, Injectable } from '@nestjs/common';
import { PLATFORM_TENANT } from '@kari/kernel';
import { READ_DATABASE, type ReadDatabase } from '@kari/platform/database';
import { pageOf, type Connection, type PageRequest } from '@kari/platform/graphql';
import { WishOutcomeView, WishView } from './wish.view.js';

@Injectable()
export class WishQueries {
  constructor(@Inject(READ_DATABASE) private readonly database: ReadDatabase) {}

  /** By extension. */
  async page(request: PageRequest): Promise<Connection<WishView>> {
    const rows = await this.database.readAs(PLATFORM_TENANT, (manager) => {
      const query = manager.createQueryBuilder(WishView, 'wish').orderBy('wish.extension').limit(request.limit);
      if (request.after !== null) query.where('wish.extension > :after', { after: request.after[0] });
      return query.getMany();
    });
    return pageOf(rows, request, ({ extension }) => [extension]);
  }

  /** By tenant. */
  async outcomes(
    request: PageRequest,
    extension: string,
    outcome: WishOutcomeView['outcome'] | null,
  ): Promise<Connection<WishOutcomeView>> {
    const rows = await this.database.readAs(PLATFORM_TENANT, (manager) => {
      const query = manager.createQueryBuilder(WishOutcomeView, 'outcome').where('outcome.extension = :extension', { extension });
      if (outcome !== null) query.andWhere('outcome.outcome = :outcome', { outcome });
      if (request.after !== null) query.andWhere('outcome.tenant > :after', { after: request.after[0] });
      return query.orderBy('outcome.tenant').limit(request.limit).getMany();
    });
    return pageOf(rows, request, ({ tenant }) => [tenant]);
  }
}
