// Which automations answer which events, as the log had it when an event was published.
import { Inject, Injectable } from '@nestjs/common';
import { SYSTEM_DATABASE, type SystemDatabase } from '@kari/platform/database';
import type { AutomationSaved } from './automation.events.js';

export interface Trigger extends AutomationSaved {
  readonly enabled: boolean;
}

@Injectable()
export class TriggerTable {
  constructor(@Inject(SYSTEM_DATABASE) private readonly database: SystemDatabase) {}

  async save(tenant: string, form: AutomationSaved): Promise<void> {
    await this.database.query(
      `insert into automation.trigger (tenant, name, type, form) values ($1, $2, $3, $4)
       on conflict (tenant, name) do update set type = excluded.type, form = excluded.form`,
      [tenant, form.name, form.type, JSON.stringify(form)],
    );
  }

  async enable(tenant: string, name: string, enabled: boolean): Promise<void> {
    await this.database.query('update automation.trigger set enabled = $3 where tenant = $1 and name = $2', [tenant, name, enabled]);
  }

  async remove(tenant: string, name: string): Promise<void> {
    await this.database.query('delete from automation.trigger where tenant = $1 and name = $2', [tenant, name]);
  }

  /** Names of those that answer events of that type now. */
  async answering(tenant: string, type: string): Promise<readonly string[]> {
    const rows = await this.database.query<{ name: string }>(
      'select name from automation.trigger where tenant = $1 and type = $2 and enabled order by name',
      [tenant, type],
    );
    return rows.map(({ name }) => name);
  }

  async find(tenant: string, name: string): Promise<Trigger | null> {
    const [row] = await this.database.query<{ enabled: boolean; form: AutomationSaved }>(
      'select enabled, form from automation.trigger where tenant = $1 and name = $2',
      [tenant, name],
    );
    return row === undefined ? null : { ...row.form, enabled: row.enabled };
  }
}
