// Events that somebody may wait for, until they have been offered to all who do. Each tenant's come in log order.
import { Inject, Injectable } from '@nestjs/common';
import { SYSTEM_DATABASE, type SystemDatabase } from '@kari/platform/database';
import type { SignalDocument } from './listener.rules.js';

export interface Signal {
  readonly tenant: string;
  /** Of the log's event. */
  readonly id: string;
  readonly position: string;
  readonly correlationId: string;
  readonly document: SignalDocument;
}

@Injectable()
export class SignalQueue {
  constructor(@Inject(SYSTEM_DATABASE) private readonly database: SystemDatabase) {}

  /** Answers whether anybody waits for its type now; nobody who begins later may have it. */
  async add({ tenant, id, position, correlationId, document }: Signal): Promise<boolean> {
    const added = await this.database.query(
      `insert into workflow.signal (position, tenant, event_id, correlation_id, document)
       select $1, $2, $3, $4, $5
       where exists (select 1 from workflow.listener where tenant = $2 and type = $6) or exists
         (select 1 from workflow.listener where tenant = $2 and type = '')
       on conflict do nothing returning position`,
      [position, tenant, id, correlationId, JSON.stringify(document), String(document['type'])],
    );
    return added.length > 0;
  }

  async tenants(): Promise<readonly string[]> {
    const rows = await this.database.query<{ tenant: string }>('select distinct tenant from workflow.signal');
    return rows.map(({ tenant }) => tenant);
  }

  async oldest(tenant: string): Promise<Signal | null> {
    const [row] = await this.database.query<{ position: string; event_id: string; correlation_id: string; document: SignalDocument }>(
      'select position, event_id, correlation_id, document from workflow.signal where tenant = $1 order by position limit 1',
      [tenant],
    );
    if (row === undefined) return null;
    const { position, event_id: id, correlation_id: correlationId, document } = row;
    return { tenant, id, position, correlationId, document };
  }

  async forgetTenant(tenant: string): Promise<void> {
    await this.database.query('delete from workflow.signal where tenant = $1', [tenant]);
  }

  async remove({ position }: Signal): Promise<void> {
    await this.database.query('delete from workflow.signal where position = $1', [position]);
  }
}
