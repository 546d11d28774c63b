// The rows of the queue. A row in hand is leased: when its process goes, another takes it up.
import { Inject, Injectable } from '@nestjs/common';
import { SYSTEM_DATABASE, type SystemDatabase } from '@kari/platform/database';
import type { Notification } from './notification.rules.js';

export interface QueuedNotification extends Notification {
  /** Made so far, this one not counted. */
  readonly attempts: number;
}

/** Of one tenant at a time, so that a webhook that hangs holds nobody else's up. */
const OF_ONE_TENANT = 4;
const LEASE = `interval '30 seconds'`;

@Injectable()
export class NotificationQueue {
  constructor(@Inject(SYSTEM_DATABASE) private readonly database: SystemDatabase) {}

  /** Repeating it adds nothing. */
  async add({ tenant, id, run, approval, type, body, correlationId }: Notification): Promise<void> {
    await this.database.query(
      `insert into workflow.notification (tenant, id, run, approval, type, body, correlation_id)
       values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing`,
      [tenant, id, run, approval, type, body, correlationId],
    );
  }

  async claim(limit: number): Promise<readonly QueuedNotification[]> {
    return this.database.query<QueuedNotification & { correlationId: string }>(
      `with free as (
         select tenant, id, row_number() over (partition by tenant order by next_at, id) as place from workflow.notification
         where state = 'pending' and next_at <= now() and (leased_until is null or leased_until <= now())
       ), due as (
         select n.tenant, n.id from workflow.notification n join free using (tenant, id)
         where free.place + (select count(*) from workflow.notification h
                             where h.tenant = n.tenant and h.state = 'pending' and h.leased_until > now()) <= $2
         order by n.next_at limit $1 for update of n skip locked
       )
       update workflow.notification n set leased_until = now() + ${LEASE}
       from due where n.tenant = due.tenant and n.id = due.id
       returning n.tenant, n.id, n.run, n.approval, n.type, n.body, n.correlation_id as "correlationId", n.attempts`,
      [limit, OF_ONE_TENANT],
    );
  }

  delivered(notification: Notification): Promise<void> {
    return this.settle(notification, `state = 'delivered', done_at = now(), attempts = attempts + 1, last_code = null`);
  }

  again(notification: Notification, afterMs: number, code: string): Promise<void> {
    return this.settle(notification, `attempts = attempts + 1, next_at = now() + make_interval(secs => $3::float8), last_code = $4`, [
      afterMs / 1_000,
      code,
    ]);
  }

  parked(notification: Notification, code: string): Promise<void> {
    return this.settle(notification, `state = 'parked', attempts = attempts + 1, last_code = $3`, [code]);
  }

  /** There is nobody to tell any more. */
  dropped(notification: Notification, code: string): Promise<void> {
    return this.settle(notification, `state = 'dropped', done_at = now(), last_code = $3`, [code]);
  }

  /** An operator's decision; told again when the row has gone on, it changes nothing. */
  async unpark(tenant: string, id: string, decision: 'retry' | 'drop'): Promise<void> {
    const change = decision === 'retry' ? `state = 'pending', attempts = 0, next_at = now()` : `state = 'dropped', done_at = now()`;
    await this.database.query(`update workflow.notification set ${change} where tenant = $1 and id = $2 and state = 'parked'`, [
      tenant,
      id,
    ]);
  }

  async prune(): Promise<void> {
    await this.database.query(`delete from workflow.notification where done_at < now() - interval '30 days'`);
  }

  private async settle({ tenant, id }: Notification, change: string, more: readonly unknown[] = []): Promise<void> {
    await this.database.query(
      `update workflow.notification set leased_until = null, ${change} where tenant = $1 and id = $2 and state = 'pending'`,
      [tenant, id, ...more],
    );
  }
}
