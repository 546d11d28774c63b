// Snapshots as rows, one a run.
import { Inject, Injectable } from '@nestjs/common';
import { SYSTEM_DATABASE, type SystemDatabase } from '@kari/platform/database';
import type { RunSnapshot } from './run-snapshot.rules.js';
import type { RunSnapshots } from './run-snapshots.port.js';

@Injectable()
export class PostgresRunSnapshots implements RunSnapshots {
  constructor(@Inject(SYSTEM_DATABASE) private readonly database: SystemDatabase) {}

  async find(tenant: string, run: string): Promise<RunSnapshot | null> {
    const [row] = await this.database.query<Omit<RunSnapshot, 'revision'> & { readonly revision: string }>(
      'select revision, event, version, body, checksum from workflow.run_snapshot where tenant = $1 and run = $2',
      [tenant, run],
    );
    return row === undefined ? null : { ...row, revision: BigInt(row.revision) };
  }

  async keep(tenant: string, run: string, { revision, event, version, body, checksum }: RunSnapshot): Promise<void> {
    await this.database.query(
      `insert into workflow.run_snapshot as kept (tenant, run, revision, event, version, body, checksum) values ($1, $2, $3, $4, $5, $6, $7)
       on conflict (tenant, run) do update set revision = excluded.revision, event = excluded.event, version = excluded.version,
         body = excluded.body, checksum = excluded.checksum where kept.revision <= excluded.revision`,
      [tenant, run, revision.toString(), event, version, body, checksum],
    );
  }

  async forget(tenant: string, run: string): Promise<void> {
    await this.database.query('delete from workflow.run_snapshot where tenant = $1 and run = $2', [tenant, run]);
  }

  async forgetTenant(tenant: string): Promise<void> {
    await this.database.query('delete from workflow.run_snapshot where tenant = $1', [tenant]);
  }
}
