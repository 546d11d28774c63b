// Rows of the tables of extensions, as the tenant's own role under row-level security. A request is judged against the declared layout of the
// version that asks before there is any SQL. Writers of one (tenant, extension) queue on its usage rows, so that no two count the same space.
import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, IDS, isoNow, rejected, type Clock, type Ids } from '@kari/kernel';
import {
  asRead,
  cursorOf,
  judgeAggregate,
  judgeFilter,
  judgeFind,
  judgeInsert,
  judgeUpdate,
  judgeUsage,
  own,
  queryLimits,
  weightOf,
  type AggregateRequest,
  type CollectionLayout,
  type FindRequest,
  type Layout,
  type Usage,
  type Values,
  type Write,
  type WriteOutcome,
} from '@kari/package/rules';
import { KEYS, type Keys } from '@kari/platform/crypto';
import { TENANT_DATABASE, type TenantDatabase } from '@kari/platform/database';
import type { PoolClient } from 'pg';
import {
  aggregateStatement,
  countStatement,
  deleteStatement,
  findStatement,
  getStatement,
  insertStatement,
  updateStatement,
  visibleStatement,
  type Read,
  type RowToWrite,
  type Statement,
} from './query-statements.js';
import { refusalOf } from './table-refusals.js';

/** Who asks: set by the host from the process and its invocation, never from a parameter. */
export interface TableCaller {
  readonly tenant: string;
  readonly extension: string;
  /** Of the extension: its layout is the one that counts. */
  readonly version: string;
  readonly user: string | null;
  readonly deadlineMs: number;
}

export type Row = Readonly<Record<string, unknown>>;

export interface Page {
  readonly rows: readonly Row[];
  /** Pass as `after` for the next page; null at the end. */
  readonly next: string | null;
}

/** Bytes that the tables of one extension may hold in one tenant. */
export const TABLE_BYTES = Symbol('TableBytes');

const LONGEST_STATEMENT_MS = 5_000;

interface Place {
  readonly client: PoolClient;
  readonly caller: TableCaller;
  readonly schema: string;
  readonly layout: Layout;
}

interface Table extends Place {
  readonly name: string;
  readonly collection: CollectionLayout;
  readonly reads: readonly Read[];
}

@Injectable()
export class TableStore {
  constructor(
    @Inject(TENANT_DATABASE) private readonly database: TenantDatabase,
    @Inject(KEYS) private readonly keys: Keys,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(IDS) private readonly ids: Ids,
    @Inject(TABLE_BYTES) private readonly bytes: number,
  ) {}

  get(caller: TableCaller, collection: string, id: string): Promise<Row | null> {
    return this.within(caller, async (place) => {
      const table = tableOf(place, collection);
      const found = await this.row(table, id, false);
      return found === null ? null : found.row;
    });
  }

  find(caller: TableCaller, request: FindRequest): Promise<Page> {
    return this.within(caller, async (place) => {
      const table = tableOf(place, request.collection);
      const query = judgeFind(table.collection, request);
      const records = await ask(place, findStatement(place.schema, table.collection.table, table.reads, query));
      const rows = await Promise.all(records.map((record) => this.rowOf(table, record)));
      const last = rows.at(-1);
      const more = last !== undefined && Number(records[0]?.['found']) > rows.length;
      const next = more
        ? cursorOf(
            request.collection,
            query.order,
            query.order.map(({ asked }) => last[asked.name]),
          )
        : null;
      return { rows, next };
    });
  }

  count(caller: TableCaller, collection: string, where: unknown): Promise<number> {
    return this.within(caller, async (place) => {
      const table = tableOf(place, collection);
      const filter = judgeFilter(collection, table.collection, where);
      const [record] = await ask(place, countStatement(place.schema, table.collection.table, filter));
      return Number(record?.['found']);
    });
  }

  aggregate(caller: TableCaller, request: AggregateRequest): Promise<{ readonly groups: readonly Row[]; readonly more: boolean }> {
    return this.within(caller, async (place) => {
      const table = tableOf(place, request.collection);
      const query = judgeAggregate(table.collection, request);
      const records = await ask(place, aggregateStatement(place.schema, table.collection.table, query));
      const all = records.map((record): Row =>
        Object.fromEntries([
          ...query.groups.map(({ name, shape }, index) => [name, decoded(shape.type, record[`g${index}`])]),
          ...query.measures.map((measure, index) => {
            const type =
              measure.what === 'count' ? 'integer' : measure.what === 'sum' || measure.what === 'avg' ? 'number' : measure.asked.shape.type;
            return [measure.name, decoded(type, record[`m${index}`])];
          }),
        ]),
      );
      const groups = fitting(all.slice(0, queryLimits.groups));
      return { groups, more: groups.length < all.length };
    });
  }

  /** All of them or none, in their order. */
  write(caller: TableCaller, writes: readonly Write[]): Promise<readonly WriteOutcome[]> {
    return this.within(caller, async (place) => {
      const tables = writes.map(({ collection }) => tableOf(place, collection));
      const usage = await lockUsage(place, tables);
      const outcomes: WriteOutcome[] = [];
      for (const [index, write] of writes.entries()) {
        const table = tables[index]!;
        try {
          outcomes.push(await this.apply(table, write, usage));
        } catch (error) {
          throw refusalOf(error, table, 'delete' in write);
        }
      }
      await usage.save();
      return outcomes;
    });
  }

  private async apply(table: Table, write: Write, usage: LockedUsage): Promise<WriteOutcome> {
    if ('insert' in write) return this.insert(table, write, usage);
    if ('update' in write) return this.update(table, write, usage);
    const found = await this.row(table, write.delete, true);
    if (found === null) return { deleted: false };
    demandVersion(table, write.delete, write.version, found.version);
    await ask(table, deleteStatement(table.schema, table.collection.table, write.delete));
    usage.add(table, -1, -found.bytes, this.bytes);
    return { deleted: true };
  }

  private async insert(table: Table, write: Extract<Write, { insert: unknown }>, usage: LockedUsage): Promise<WriteOutcome> {
    const { caller, schema, collection, name } = table;
    if (collection.scope === 'user' && caller.user === null) throw rejected('DATA_NO_USER', { collection: name });
    const values = judgeInsert(name, collection, write.insert);
    const id = (write.id ?? this.ids.next()).toLowerCase();
    await demandReferences(table, values);
    const row = await this.toWrite(table, id, values);
    usage.add(table, 1, row.bytes, this.bytes);
    await ask(table, insertStatement(schema, collection.table, row, caller.tenant, caller.user));
    return { id, version: 1 };
  }

  private async update(table: Table, write: Extract<Write, { update: string }>, usage: LockedUsage): Promise<WriteOutcome> {
    const { schema, collection, name } = table;
    const found = await this.row(table, write.update, true);
    if (found === null) throw rejected('DATA_ROW_MISSING', { collection: name, id: write.update });
    demandVersion(table, write.update, write.version, found.version);
    const values = judgeUpdate(name, collection, found.row, write.set);
    await demandReferences(table, values);
    const row = await this.toWrite(table, write.update, values);
    usage.add(table, 0, row.bytes - found.bytes, this.bytes);
    const [changed] = await ask(table, updateStatement(schema, collection.table, row));
    return { id: write.update, version: Number(changed?.['version']) };
  }

  private async toWrite(table: Table, id: string, values: Values): Promise<RowToWrite> {
    const { tenant } = table.caller;
    const written = Object.entries(table.collection.fields).map(async ([name, { column, type, sealed }]) => {
      const value = values[name] ?? null;
      const held = sealed && value !== null ? await this.keys.seal(tenant, purposeOf(table, column, id), JSON.stringify(value)) : value;
      return { column, type, sealed, value: held };
    });
    return { id, bytes: weightOf(values), at: isoNow(this.clock), values: await Promise.all(written) };
  }

  private async row(table: Table, id: string, lock: boolean): Promise<{ row: Row; version: number; bytes: number } | null> {
    const [record] = await ask(table, getStatement(table.schema, table.collection.table, table.reads, id, lock));
    if (record === undefined) return null;
    return { row: await this.rowOf(table, record), version: Number(record['version']), bytes: Number(record['bytes']) };
  }

  private async rowOf(table: Table, record: Row): Promise<Row> {
    const { id, version, owner, created_at, updated_at } = record;
    const fields = Object.entries(table.collection.fields).map(async ([name, field], place) => {
      const value = record[`f${place}`] ?? null;
      if (!field.sealed || value === null) return [name, asRead(field, decoded(field.type, value))] as const;
      const opened = await this.keys.open(table.caller.tenant, purposeOf(table, field.column, String(id)), value as string);
      return [name, JSON.parse(opened) as unknown] as const;
    });
    return { ...Object.fromEntries(await Promise.all(fields)), id, version: Number(version), owner, created_at, updated_at };
  }

  private async within<T>(caller: TableCaller, work: (place: Place) => Promise<T>): Promise<T> {
    const { tenant, extension, version, user } = caller;
    const timeoutMs = Math.min(LONGEST_STATEMENT_MS, caller.deadlineMs);
    try {
      return await this.database.transaction({ tenant, user, timeoutMs }, async (client) => {
        const { rows } = await client.query<{ schema: string; layout: Layout | null }>(
          'select schema, layouts -> $3::text as layout from data.table_space where tenant = $1 and extension = $2',
          [tenant, extension, version],
        );
        const [space] = rows;
        if (space === undefined || space.layout === null) throw rejected('DATA_TABLES_MISSING', { extension, version });
        return work({ client, caller, schema: space.schema, layout: space.layout });
      });
    } catch (error) {
      throw refusalOf(error, null, false);
    }
  }
}

function tableOf(place: Place, name: string): Table {
  const collection = own(place.layout.collections, name);
  if (collection === null)
    throw rejected('DATA_COLLECTION_UNKNOWN', {
      extension: place.caller.extension,
      collection: name,
      known: Object.keys(place.layout.collections),
    });
  const reads = Object.values(collection.fields).map(({ column, type, sealed }) => ({ column, type, sealed }));
  return { ...place, name, collection, reads };
}

async function ask({ client }: Pick<Place, 'client'>, { text, values }: Statement): Promise<readonly Row[]> {
  return (await client.query<Row>(text, [...values])).rows;
}

function demandVersion({ name }: Table, id: string, expected: number | undefined, actual: number): void {
  if (expected !== undefined && expected !== actual) throw rejected('DATA_ROW_CONFLICT', { collection: name, id, expected, actual });
}

async function demandReferences(table: Table, values: Values): Promise<void> {
  for (const [field, { references }] of Object.entries(table.collection.fields)) {
    const value = values[field] ?? null;
    const target = references === null || value === null ? null : own(table.layout.collections, references);
    if (target?.scope !== 'user') continue;
    if ((await ask(table, visibleStatement(table.schema, target.table, value))).length === 0)
      throw rejected('DATA_REFERENCE_MISSING', { collection: table.name, field });
  }
}

interface LockedUsage {
  /** Throws `Rejection` DATA_TABLES_QUOTA before anything is written. */
  add(table: Table, rows: number, bytes: number, limit: number): void;
  save(): Promise<void>;
}

async function lockUsage(place: Place, tables: readonly Table[]): Promise<LockedUsage> {
  const { client, caller } = place;
  const { tenant, extension } = caller;
  const names = [...new Set(tables.map(({ collection }) => collection.table))];
  await client.query(
    `insert into data.table_usage (tenant, extension, table_name) select $1, $2, name from unnest($3::text[]) name order by name on conflict do nothing`,
    [tenant, extension, names],
  );
  const { rows } = await client.query<{ table_name: string; rows: string; bytes: string }>(
    'select table_name, rows, bytes from data.table_usage where tenant = $1 and extension = $2 order by table_name for update',
    [tenant, extension],
  );
  const used = new Map(rows.map((row): [string, Usage] => [row.table_name, { rows: Number(row.rows), bytes: Number(row.bytes) }]));
  const total = () => [...used.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  return {
    add: ({ name, collection }, more, bytes, limit) => {
      const before = used.get(collection.table) ?? { rows: 0, bytes: 0 };
      const whole = total();
      const now = { rows: before.rows + more, bytes: whole + bytes };
      const over = judgeUsage({ rows: before.rows, bytes: whole }, now, { rows: collection.rows, bytes: limit });
      if (over !== null) {
        const [needed, quota] = over === 'rows' ? [now.rows, collection.rows] : [now.bytes, limit];
        throw rejected('DATA_TABLES_QUOTA', { extension, collection: name, what: over, needed, quota });
      }
      used.set(collection.table, { rows: now.rows, bytes: before.bytes + bytes });
    },
    save: async () => {
      const changed = names.map((name) => ({ name, ...(used.get(name) ?? { rows: 0, bytes: 0 }) }));
      await client.query(
        `update data.table_usage set rows = new.rows, bytes = new.bytes
         from unnest($3::text[], $4::bigint[], $5::bigint[]) as new (name, rows, bytes)
         where tenant = $1 and extension = $2 and table_name = new.name`,
        [tenant, extension, changed.map(({ name }) => name), changed.map(({ rows: count }) => count), changed.map(({ bytes }) => bytes)],
      );
    },
  };
}

function purposeOf({ caller, collection }: Table, column: string, id: string): string {
  return `table/${caller.extension}/${collection.table}/${column}/${id}`;
}

/** As the wire carries it. */
function decoded(type: Read['type'], value: unknown): unknown {
  if (value === null || value === undefined) return null;
  if (type === 'integer' || type === 'number') return Number(value);
  return Buffer.isBuffer(value) ? value.toString('base64') : value;
}

function fitting(groups: readonly Row[]): readonly Row[] {
  let bytes = 0;
  const most = groups.findIndex((group) => (bytes += weightOf(group)) > queryLimits.answerBytes);
  return most < 0 ? groups : groups.slice(0, most);
}
