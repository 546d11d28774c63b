// Reads of the list of secrets.
import { Inject, Injectable } from '@nestjs/common';
import type { Position } from '@kari/kernel';
import { READ_DATABASE, type ReadDatabase } from '@kari/platform/database';
import { pageOf, type Connection, type PageRequest } from '@kari/platform/graphql';
import { PROJECTIONS_CLOCK, type ProjectionsClock } from '@kari/platform/projections';
import { secretProjection } from './secret.projection.js';
import { SecretView } from './secret.view.js';

@Injectable()
export class SecretQueries {
  constructor(
    @Inject(READ_DATABASE) private readonly database: ReadDatabase,
    @Inject(PROJECTIONS_CLOCK) private readonly progress: ProjectionsClock,
  ) {}

  async page(request: PageRequest, extension: string | null, waitFor: Position | null): Promise<Connection<SecretView>> {
    if (waitFor !== null) await this.progress.waitFor(secretProjection.name, waitFor);
    const rows = await this.database.readAs(request.tenant, (manager) => {
      const query = manager
        .createQueryBuilder(SecretView, 'secret')
        .where('secret.tenant = :tenant', { tenant: request.tenant })
        .orderBy('secret.extension')
        .addOrderBy('secret.name')
        .limit(request.limit);
      if (extension !== null) query.andWhere('secret.extension = :extension', { extension });
      if (request.after !== null) {
        const [of, name] = request.after;
        query.andWhere('(secret.extension, secret.name) > (:of, :name)', { of, name });
      }
      return query.getMany();
    });
    return pageOf(rows, request, ({ extension: of, name }) => [of, name]);
  }
}
