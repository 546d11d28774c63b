// What is known of an extension's tables: layout, rows, bytes, where a migration stands. Never a row.
import { Inject, Injectable } from '@nestjs/common';
import { own, type Layout } from '@kari/package/rules';
import { READ_DATABASE, type ReadDatabase } from '@kari/platform/database';
import { stepsBetween, wanted, type Inventory } from './inventory.rules.js';
import { TABLE_BYTES } from './table-store.js';
import type { ExtensionTables, TableStep } from './table.graphql.js';

interface SpaceRow {
  readonly inventory: Inventory;
  readonly layouts: Readonly<Record<string, Layout>>;
  readonly served: readonly string[];
  readonly preparing: string | null;
  readonly changed_at: Date;
}

const MOST_STEPS = 50;

@Injectable()
export class TableQueries {
  constructor(
    @Inject(READ_DATABASE) private readonly database: ReadDatabase,
    @Inject(TABLE_BYTES) private readonly bytes: number,
  ) {}

  /** Null where the extension keeps no tables. */
  of(tenant: string, extension: string): Promise<ExtensionTables | null> {
    return this.database.readAs(tenant, async (manager) => {
      const whose = [tenant, extension];
      const [space] = await manager.query<SpaceRow[]>(
        `select inventory, layouts, served, undo ->> 'version' as preparing, changed_at from data.table_space where tenant = $1 and extension = $2`,
        whose,
      );
      if (space === undefined) return null;
      const usage = await manager.query<{ table_name: string; rows: string; bytes: string }[]>(
        'select table_name, rows, bytes from data.table_usage where tenant = $1 and extension = $2',
        whose,
      );
      const steps = await manager.query<TableStep[]>(
        `select version, step, done_at as "doneAt" from data.table_step where tenant = $1 and extension = $2 order by number desc limit ${MOST_STEPS}`,
        whose,
      );
      return described(extension, space, usage, steps, this.bytes);
    });
  }
}

function described(
  extension: string,
  { inventory, layouts, served, preparing, changed_at }: SpaceRow,
  usage: readonly { table_name: string; rows: string; bytes: string }[],
  steps: readonly TableStep[],
  bytesQuota: number,
): ExtensionTables {
  const needed = served.map((version) => own(layouts, version)).filter((layout) => layout !== null);
  const stepsLeft = stepsBetween(inventory, wanted(needed)).length;
  const current = needed.at(-1) ?? { version: 0, collections: {} };
  const used = new Map(usage.map((row) => [row.table_name, { rows: Number(row.rows), bytes: Number(row.bytes) }]));
  return {
    extension,
    layoutVersion: current.version,
    serves: served,
    preparing,
    stepsLeft,
    state: stepsLeft > 0 ? 'migrating' : preparing !== null ? 'prepared' : served.length > 1 ? 'on-trial' : 'settled',
    bytes: [...used.values()].reduce((sum, one) => sum + one.bytes, 0),
    bytesQuota,
    changedAt: changed_at,
    steps,
    tables: Object.entries(current.collections).map(([name, { table, scope, rows, subject, fields, indexes }]) => ({
      name,
      scope,
      subject,
      rows: used.get(table)?.rows ?? 0,
      rowsQuota: rows,
      bytes: used.get(table)?.bytes ?? 0,
      fields: Object.entries(fields).map(([field, one]) => ({
        name: field,
        type: one.type,
        required: one.required,
        references: one.references,
        personal: one.personal,
        encrypted: one.sealed,
      })),
      indexes: indexes.map((index) => ({ fields: index.fields, unique: index.unique })),
    })),
  };
}
