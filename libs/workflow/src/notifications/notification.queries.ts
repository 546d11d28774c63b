// Reads of notifications: what is under way, what was taken, and what waits for a decision.
import { Inject, Injectable } from '@nestjs/common';
import { READ_DATABASE, type ReadDatabase } from '@kari/platform/database';
import { pageOf, type Connection, type PageRequest } from '@kari/platform/graphql';
import { NotificationView, type NotificationRowState } from './notification.view.js';

@Injectable()
export class NotificationQueries {
  constructor(@Inject(READ_DATABASE) private readonly database: ReadDatabase) {}

  /** By id, which is stable over changes of their state. */
  async page(request: PageRequest, state: NotificationRowState | null): Promise<Connection<NotificationView>> {
    const rows = await this.database.readAs(request.tenant, (manager) => {
      const query = manager
        .createQueryBuilder(NotificationView, 'notification')
        .where('notification.tenant = :tenant', { tenant: request.tenant })
        .orderBy('notification.id')
        .limit(request.limit);
      if (state !== null) query.andWhere('notification.state = :state', { state });
      if (request.after !== null) query.andWhere('notification.id > :after', { after: request.after[0] });
      return query.getMany();
    });
    return pageOf(rows, request, ({ id }) => [id]);
  }
}
