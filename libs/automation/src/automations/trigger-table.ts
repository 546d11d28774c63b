// Which automations answer which events, as the log had it when an event was published.
import { Inject, Injectable } from '@nestjs/common';
import { SYSTEM_DATABASE, type SystemDatabase } from '@kari/platform/database';
import type { AutomationSaved } from './automation.events.js';

/** A named automation, or a workflow or a task that says itself which events start it. */
export type TriggerForm = AutomationSaved | { readonly workflow: string; readonly version: number } | { readonly task: string };

export interface Trigger {
  readonly enabled: boolean;
  readonly form: TriggerForm;
}

@Injectable()
export class TriggerTable {
  constructor(@Inject(SYSTEM_DATABASE) private readonly database: SystemDatabase) {}

  /** `types`: of the events that it answers; an empty text for any. None takes it away. */
  async save(tenant: string, subscriber: string, types: readonly string[], form: TriggerForm): Promise<void> {
    if (types.length === 0) return this.remove(tenant, subscriber);
    await this.database.query(
      `insert into automation.trigger (tenant, subscriber, types, form) values ($1, $2, $3, $4)
       on conflict (tenant, subscriber) do update set types = excluded.types, form = excluded.form`,
      [tenant, subscriber, types, JSON.stringify(form)],
    );
  }

  async enable(tenant: string, subscriber: string, enabled: boolean): Promise<void> {
    await this.database.query('update automation.trigger set enabled = $3 where tenant = $1 and subscriber = $2', [
      tenant,
      subscriber,
      enabled,
    ]);
  }

  async remove(tenant: string, subscriber: string): Promise<void> {
    await this.database.query('delete from automation.trigger where tenant = $1 and subscriber = $2', [tenant, subscriber]);
  }

  async forgetTenant(tenant: string): Promise<void> {
    await this.database.query('delete from automation.trigger where tenant = $1', [tenant]);
  }

  /** Those that answer events of that type now. */
  async answering(tenant: string, type: string): Promise<readonly string[]> {
    const rows = await this.database.query<{ subscriber: string }>(
      `select subscriber from automation.trigger where tenant = $1 and enabled and types && array[$2, ''] order by subscriber`,
      [tenant, type],
    );
    return rows.map(({ subscriber }) => subscriber);
  }

  async find(tenant: string, subscriber: string): Promise<Trigger | null> {
    const [row] = await this.database.query<{ enabled: boolean; form: TriggerForm }>(
      'select enabled, form from automation.trigger where tenant = $1 and subscriber = $2',
      [tenant, subscriber],
    );
    return row ?? null;
  }
}
