// Reads of the API tokens of the tenant acted on, with the moment of their last use.
import { Inject, Injectable } from '@nestjs/common';
import type { Position } from '@kari/kernel';
import { READ_DATABASE, type ReadDatabase } from '@kari/platform/database';
import { pageOf, type Connection, type PageRequest } from '@kari/platform/graphql';
import { PROJECTIONS_CLOCK, type ProjectionsClock } from '@kari/platform/projections';
import { tokenProjection } from './token.projection.js';
import { TokenView } from './token.view.js';

export interface ListedToken {
  readonly row: TokenView;
  readonly lastUsedAt: Date | null;
}

@Injectable()
export class TokenQueries {
  constructor(
    @Inject(READ_DATABASE) private readonly database: ReadDatabase,
    @Inject(PROJECTIONS_CLOCK) private readonly progress: ProjectionsClock,
  ) {}

  /** In the order of their ids. */
  async page(request: PageRequest, waitFor: Position | null): Promise<Connection<ListedToken>> {
    if (waitFor !== null) await this.progress.waitFor(tokenProjection.name, waitFor);
    const rows = await this.database.readAs(request.tenant, async (manager) => {
      const query = manager.createQueryBuilder(TokenView, 'token').where('token.tenant = :tenant', { tenant: request.tenant });
      if (request.after !== null) query.andWhere('token.token > :after', { after: request.after[0] });
      const tokens = await query.orderBy('token.token').limit(request.limit).getMany();
      const uses = await manager.query<{ token: string; used_at: Date }[]>(
        'select token::text, used_at from tenancy.token_use where tenant = $1 and token = any($2::uuid[])',
        [request.tenant, tokens.map(({ token }) => token)],
      );
      const used = new Map(uses.map((use) => [use.token, use.used_at]));
      return tokens.map((row) => ({ row, lastUsedAt: used.get(row.token) ?? null }));
    });
    return pageOf(rows, request, ({ row }) => [row.token]);
  }
}
