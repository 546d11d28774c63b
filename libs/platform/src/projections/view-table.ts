// The SQL of one physical table of a view: load rows by key, write a folded batch, tell its hash.
import { createHash } from 'node:crypto';
import type { Position, ProjectionRow, ProjectionTable } from '@kari/kernel';
import type { PoolClient } from 'pg';
import { quoteName, quoteTable } from '../database/index.js';
import type { Lease, Leases } from '../leases/index.js';
import { idOfKey } from './fold-batch.rules.js';
import { inForm } from './row-form.rules.js';
import { columnsOf, type Column } from './columns.rules.js';
import { shapeOf, SQL_TYPES } from './table-definition.js';
import type { View } from './view-catalogue.js';

type Queryable = Pick<PoolClient, 'query'>;

/** The rows of one batch, and all that must hold for them to be written. */
export interface FencedRows {
  readonly upserts: readonly ProjectionRow[];
  /** Keys of rows that go. */
  readonly removals: readonly (readonly string[])[];
  readonly lease: Lease;
  readonly guarding: NonNullable<Leases['guarding']>;
  readonly view: View;
  /** Everything up to here is in the table, whatever its checkpoint says. */
  readonly from: Position;
  readonly to: Position;
}

export class ViewTable {
  private readonly columns: readonly Column[];
  private readonly keyColumns: readonly Column[];
  private readonly tag: string;
  private readonly statements: { readonly load: string; upsert(where: string): string; remove(behind: number, and: string): string };

  constructor(
    private readonly table: ProjectionTable,
    /** Where the rows are: the table's own name, or beside it while it is built. */
    private readonly physical: string,
    generation: number,
  ) {
    // Tables take each other's names: what was prepared for one must not be run on the next.
    this.tag = createHash('md5')
      .update(`${physical} ${generation} ${shapeOf(table)}`)
      .digest('hex');
    this.columns = columnsOf(table);
    this.keyColumns = table.key.map((name) => this.columns.find((column) => column.name === name) as Column);
    this.statements = statements(table, this.columns, this.keyColumns, quoteTable(physical));
  }

  async load(client: Queryable, keys: readonly (readonly string[])[]): Promise<Map<string, ProjectionRow>> {
    const found = new Map<string, ProjectionRow>();
    if (keys.length === 0) return found;
    const { rows } = await client.query<Record<string, unknown>>(this.named('load', this.statements.load, this.keyArrays(keys)));
    for (const stored of rows) {
      const row = inForm(this.table, stored, this.columns);
      found.set(idOfKey(this.table.key.map((name) => String(row[name]))), row);
    }
    return found;
  }

  async write(client: PoolClient, upserts: readonly ProjectionRow[], removals: readonly (readonly string[])[]): Promise<void> {
    if (upserts.length > 0) await client.query(this.named('upsert', this.statements.upsert(''), this.valueArrays(upserts)));
    if (removals.length > 0) await client.query(this.named('remove', this.statements.remove(0, ''), this.keyArrays(removals)));
  }

  /**
   * Rows, checkpoint and fence in one statement, which is a transaction by itself. Nothing of it is durable at once: it can be derived again. It
   * answers where the checkpoint stood, null without one.
   */
  async writeFenced(
    client: Queryable,
    rows: FencedRows,
  ): Promise<{ readonly held: boolean; readonly moved: boolean; readonly at: Position | null }> {
    const { upserts, removals, lease, guarding, view, from, to } = rows;
    const given = this.columns.length + 6;
    const [shard, fence, projection, generation, before, after] = Array.from(
      { length: 6 },
      (_, place) => `$${this.columns.length + place + 1}`,
    );
    const onceMoved = 'exists (select 1 from moved)';
    const gone = removals.length === 0 ? '' : `, gone as (${this.statements.remove(given, `and ${onceMoved}`)})`;
    const text = `
      with held as (${guarding(shard!, fence!)}),
      moved as (
        update projections.view set position = ${after}
        where projection = ${projection} and generation = ${generation} and position::numeric <= ${before}::numeric
          and exists (select 1 from held) and set_config('synchronous_commit', 'off', true) is not null
        returning 1),
      written as (${this.statements.upsert(`where ${onceMoved}`)})${gone}
      select exists (select 1 from held) as held, exists (select 1 from moved) as moved,
        (select position from projections.view where projection = ${projection} and generation = ${generation}) as at`;
    const place = [lease.shard, lease.fence.toString(), view.projection, view.generation, from, to];
    const values = [...this.valueArrays(upserts), ...place, ...(removals.length === 0 ? [] : this.keyArrays(removals))];
    const kind = removals.length === 0 ? 'fenced' : 'fenced-removing';
    const answer = await client.query<{ held: boolean; moved: boolean; at: Position | null }>(this.named(kind, text, values));
    return answer.rows[0] ?? { held: false, moved: false, at: null };
  }

  /** The number of the next new row, where rows are numbered. The lease keeps other writers away until the transaction ends. */
  async nextNumber(client: Queryable): Promise<bigint> {
    if (this.table.numberColumn === undefined) return 1n;
    const { rows } = await client.query<{ next: string }>(
      `select (coalesce(max(${quoteName(this.table.numberColumn)}), 0) + 1)::text as next from ${quoteTable(this.physical)}`,
    );
    return BigInt(rows[0]?.next ?? 1);
  }

  /** Equal for equal rows, whenever and in whatever batches they were folded. */
  async hash(client: PoolClient): Promise<{ readonly hash: string; readonly rows: number }> {
    await client.query("set local timezone to 'UTC'");
    const columns = this.columns.map(({ name }) => quoteName(name)).join(', ');
    const order = this.keyColumns.map(({ name, kind }) => `${quoteName(name)}${kind === 'text' ? ' collate "C"' : ''}`).join(', ');
    const { rows } = await client.query<{ digests: string; count: string }>(
      `select coalesce(string_agg(md5((${columns === '' ? 'null' : `row(${columns})`})::text), '' order by ${order}), '') as digests,
         count(*)::text as count from ${quoteTable(this.physical)}`,
    );
    const hash = createHash('sha256').update(rows[0]?.digests ?? '');
    return { hash: hash.digest('hex'), rows: Number(rows[0]?.count ?? 0) };
  }

  private valueArrays(rows: readonly ProjectionRow[]): unknown[][] {
    return this.columns.map(({ name, kind }) =>
      rows.map((row) => (kind === 'json' && row[name] !== null ? JSON.stringify(row[name]) : row[name])),
    );
  }

  private keyArrays(keys: readonly (readonly string[])[]): string[][] {
    return this.keyColumns.map((_, index) => keys.map((key) => key[index] ?? ''));
  }

  /** Prepared once per connection. */
  private named(kind: string, text: string, values: unknown[]): { name: string; text: string; values: unknown[] } {
    return { name: `${kind} ${this.tag}`, text, values };
  }
}

function statements(table: ProjectionTable, columns: readonly Column[], keyColumns: readonly Column[], name: string) {
  const names = columns.map((column) => quoteName(column.name));
  const keyNames = keyColumns.map((column) => quoteName(column.name));
  /** `behind`: how many arguments stand before them. */
  const keyArrays = (behind: number): string =>
    keyColumns.map((column, index) => `$${behind + index + 1}::${SQL_TYPES[column.kind]}[]`).join(', ');
  const sameKey = keyNames.map((key) => `t.${key} = k.${key}`).join(' and ');
  // An array of JSON values cannot be told from a JSON array: they travel as text.
  const arrays = columns.map((column, index) => `$${index + 1}::${column.kind === 'json' ? 'text' : SQL_TYPES[column.kind]}[]`).join(', ');
  const values = columns.map((column) => `u.${quoteName(column.name)}${column.kind === 'json' ? '::jsonb' : ''}`).join(', ');
  const changes = names.filter((column) => !keyNames.includes(column)).map((column) => `${column} = excluded.${column}`);
  return {
    load: `select ${names.map((column) => `t.${column}`).join(', ')} from ${name} t join unnest(${keyArrays(0)}) as k (${keyNames.join(', ')}) on ${sameKey}`,
    upsert: (
      where: string,
    ) => `insert into ${name} (${names.join(', ')}) select ${values} from unnest(${arrays}) as u (${names.join(', ')}) ${where}
      on conflict (${table.key.map(quoteName).join(', ')}) do ${changes.length === 0 ? 'nothing' : `update set ${changes.join(', ')}`}`,
    remove: (behind: number, and: string) =>
      `delete from ${name} t using unnest(${keyArrays(behind)}) as k (${keyNames.join(', ')}) where ${sameKey} ${and}`,
  };
}
