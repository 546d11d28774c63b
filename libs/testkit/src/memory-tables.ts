// The tables of one extension in one tenant, in memory: layouts, requests and rows are judged by the rules of the platform itself.
import { rejected } from '@kari/kernel';
import {
  compareKeys,
  cursorOf,
  emptyLayout,
  judgeAggregate,
  judgeFilter,
  judgeFind,
  judgeInsert,
  judgeUpdate,
  judgeUsage,
  matches,
  own,
  planLayout,
  queryLimits,
  tableRequests,
  weightOf,
  type Asked,
  type CollectionLayout,
  type Layout,
  type Measure,
  type TableRequest,
  type Values,
  type Write,
  type WriteOutcome,
} from '@kari/package/rules';
import type { ManifestData } from '@kari/protocol/manifest';
import { broughtOver } from './memory-migration.js';

type Row = Readonly<Record<string, unknown>>;
type Rows = ReadonlyMap<string, Row>;

export type TableOperation = keyof typeof tableRequests;

export interface TableParts {
  readonly extension: string;
  readonly data: ManifestData | undefined;
  /** Most bytes of all tables. Default: 256 MiB. */
  readonly bytes?: number;
  /** Those of the version before, whose rows are brought over. */
  readonly before?: MemoryTables;
  now(): number;
  newId(): string;
}

const BYTES = 268_435_456;
const LIFE = new Set(['id', 'version', 'created_at', 'updated_at', 'owner']);

/** Throws `Rejection`, as the platform does. */
export class MemoryTables {
  readonly #layout: Layout;
  #rows: ReadonlyMap<string, Rows> = new Map();

  constructor(private readonly parts: TableParts) {
    const { extension, before } = parts;
    const plan = planLayout(before === undefined ? emptyLayout : before.#layout, parts.data);
    if (plan.layout === null) {
      const [{ code, pointer, reason, cure }] = plan.problems;
      throw rejected(code, { extension, pointer, reason, cure });
    }
    this.#layout = plan.layout;
    if (before !== undefined) this.#rows = broughtOver(extension, { layout: before.#layout, rows: before.#rows }, plan.layout);
  }

  /** `request` as the wire carries it; `user`: on whose behalf, null for the extension itself. */
  ask(operation: TableOperation, request: unknown, user: string | null): unknown {
    const parsed = tableRequests[operation].safeParse(request);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw rejected('SANDBOX_CALL_INVALID', {
        method: `data.${operation}`,
        reason: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
      });
    }
    switch (operation) {
      case 'get': {
        const { collection, id } = parsed.data as TableRequest<'get'>;
        return { row: this.#seen(this.#table(collection), user).find((row) => row['id'] === id) ?? null };
      }
      case 'find':
        return this.#find(parsed.data as TableRequest<'find'>, user);
      case 'count': {
        const { collection, where } = parsed.data as TableRequest<'count'>;
        const table = this.#table(collection);
        const filter = judgeFilter(collection, table.collection, where);
        return { count: this.#seen(table, user).filter((row) => matches(filter, (asked) => at(row, asked))).length };
      }
      case 'aggregate':
        return this.#aggregate(parsed.data as TableRequest<'aggregate'>, user);
      case 'write':
        return { outcomes: this.#write((parsed.data as TableRequest<'write'>).writes, user) };
    }
  }

  /** Every row of every user, by collection: for assertions. */
  contents(): Readonly<Record<string, readonly Row[]>> {
    return Object.fromEntries(Object.keys(this.#layout.collections).map((name) => [name, [...(this.#rows.get(name)?.values() ?? [])]]));
  }

  #table(name: string): Table {
    const collection = own(this.#layout.collections, name);
    const known = Object.keys(this.#layout.collections);
    if (collection === null) throw rejected('DATA_COLLECTION_UNKNOWN', { extension: this.parts.extension, collection: name, known });
    return { name, collection };
  }

  #seen(table: Table, user: string | null): readonly Row[] {
    return [...(this.#rows.get(table.name)?.values() ?? [])].filter((row) => isSeen(table, row, user));
  }

  #find(request: TableRequest<'find'>, user: string | null): { rows: readonly Row[]; next: string | null } {
    const table = this.#table(request.collection);
    const { where, order, limit, after } = judgeFind(table.collection, request);
    const keysOf = (row: Row) => order.map(({ asked }) => at(row, asked));
    const found = this.#seen(table, user)
      .filter((row) => matches(where, (asked) => at(row, asked)))
      .filter((row) => after === null || compareKeys(order, keysOf(row), after) > 0)
      .sort((a, b) => compareKeys(order, keysOf(a), keysOf(b)));
    let bytes = 0;
    const full = found.findIndex((row) => {
      const before = bytes;
      bytes += weightOf(fieldsOf(row));
      return before >= queryLimits.answerBytes;
    });
    const rows = found.slice(0, Math.min(limit, full < 0 ? found.length : full));
    const last = rows.at(-1);
    return { rows, next: last !== undefined && rows.length < found.length ? cursorOf(request.collection, order, keysOf(last)) : null };
  }

  #aggregate(request: TableRequest<'aggregate'>, user: string | null): { groups: readonly Row[]; more: boolean } {
    const table = this.#table(request.collection);
    const { where, groups, measures } = judgeAggregate(table.collection, request);
    const rows = this.#seen(table, user).filter((row) => matches(where, (asked) => at(row, asked)));
    const byKey = new Map<string, Row[]>(groups.length === 0 ? [['', []]] : []);
    for (const row of rows) {
      const key = groups.length === 0 ? '' : JSON.stringify(groups.map((asked) => at(row, asked)));
      byKey.set(key, [...(byKey.get(key) ?? []), row]);
    }
    const order = groups.map((asked) => ({ asked, descending: false }));
    const valuesOf = (row: Row | undefined) => groups.map((asked) => (row === undefined ? null : at(row, asked)));
    const all = [...byKey.values()]
      .sort((a, b) => compareKeys(order, valuesOf(a[0]), valuesOf(b[0])))
      .map((members): Row =>
        Object.fromEntries([
          ...groups.map((asked) => [asked.name, at(members[0]!, asked)]),
          ...measures.map((measure) => [measure.name, measured(measure, members)]),
        ]),
      );
    let bytes = 0;
    const full = all.findIndex((group) => (bytes += weightOf(group)) > queryLimits.answerBytes);
    const answered = all.slice(0, Math.min(queryLimits.groups, full < 0 ? all.length : full));
    return { groups: answered, more: answered.length < all.length };
  }

  /** On a copy, which takes the place of the rows when all of it has succeeded. */
  #write(writes: readonly Write[], user: string | null): readonly WriteOutcome[] {
    const tables = writes.map(({ collection }) => this.#table(collection));
    const copy = new Map([...this.#rows].map(([name, rows]) => [name, new Map(rows)]));
    const outcomes = writes.map((write, index) => this.#apply(copy, tables[index]!, write, user));
    this.#rows = copy;
    return outcomes;
  }

  #apply(all: Map<string, Map<string, Row>>, table: Table, write: Write, user: string | null): WriteOutcome {
    const rows = all.get(table.name) ?? new Map<string, Row>();
    all.set(table.name, rows);
    const now = new Date(this.parts.now()).toISOString();
    if ('insert' in write) {
      if (table.collection.scope === 'user' && user === null) throw rejected('DATA_NO_USER', { collection: table.name });
      const values = judgeInsert(table.name, table.collection, write.insert);
      const id = write.id ?? this.parts.newId();
      this.#demandUserRows(all, table, values, user);
      this.#demandRoom(all, table, null, values);
      if (rows.has(id)) throw rejected('DATA_NOT_UNIQUE', { collection: table.name, fields: ['id'] });
      this.#demandRules(all, table, id, values, user);
      rows.set(id, { ...values, id, version: 1, created_at: now, updated_at: now, owner: user });
      return { id, version: 1 };
    }
    const id = 'update' in write ? write.update : write.delete;
    const row = rows.get(id);
    const before = row !== undefined && isSeen(table, row, user) ? row : null;
    if ('delete' in write) {
      if (before === null) return { deleted: false };
      demandVersion(table, before, write.version);
      if (this.#isPointedAt(all, table, id)) throw rejected('DATA_STILL_REFERENCED', { collection: table.name });
      rows.delete(id);
      return { deleted: true };
    }
    if (before === null) throw rejected('DATA_ROW_MISSING', { collection: table.name, id });
    demandVersion(table, before, write.version);
    const values = judgeUpdate(table.name, table.collection, before, write.set);
    this.#demandUserRows(all, table, values, user);
    this.#demandRoom(all, table, before, values);
    this.#demandRules(all, table, id, values, user);
    const version = Number(before['version']) + 1;
    rows.set(id, { ...before, ...values, version, updated_at: now });
    return { id, version };
  }

  #demandRoom(all: ReadonlyMap<string, Rows>, { name, collection }: Table, before: Row | null, values: Values): void {
    const quota = { rows: collection.rows, bytes: this.parts.bytes ?? BYTES };
    const used = {
      rows: all.get(name)?.size ?? 0,
      bytes: [...all.values()].flatMap((rows) => [...rows.values()]).reduce((sum, row) => sum + weightOf(fieldsOf(row)), 0),
    };
    const grown = weightOf(values) - (before === null ? 0 : weightOf(fieldsOf(before)));
    const now = { rows: used.rows + (before === null ? 1 : 0), bytes: used.bytes + grown };
    const over = judgeUsage(used, now, quota);
    if (over !== null)
      throw rejected('DATA_TABLES_QUOTA', {
        extension: this.parts.extension,
        collection: name,
        what: over,
        needed: now[over],
        quota: quota[over],
      });
  }

  #demandUserRows(all: ReadonlyMap<string, Rows>, table: Table, values: Values, user: string | null): void {
    for (const [field, { references }] of Object.entries(table.collection.fields)) {
      const target = references === null ? null : own(this.#layout.collections, references);
      if (references === null || target?.scope !== 'user' || values[field] === null) continue;
      const row = all.get(references)?.get(values[field] as string);
      if (row === undefined || row['owner'] !== user) throw rejected('DATA_REFERENCE_MISSING', { collection: table.name, field });
    }
  }

  #demandRules(all: ReadonlyMap<string, Rows>, { name, collection }: Table, id: string, values: Values, user: string | null): void {
    const others = [...(all.get(name)?.values() ?? [])].filter(
      (row) => row['id'] !== id && (collection.scope === 'tenant' || row['owner'] === user),
    );
    for (const { fields, unique } of collection.indexes) {
      const taken = unique && others.some((row) => fields.every((field) => values[field] !== null && row[field] === values[field]));
      if (taken) throw rejected('DATA_NOT_UNIQUE', { collection: name, fields });
    }
    for (const [field, { references }] of Object.entries(collection.fields)) {
      const value = values[field] ?? null;
      const itself = references === name && value === id;
      if (references === null || value === null || itself || all.get(references)?.has(value as string) === true) continue;
      throw rejected('DATA_REFERENCE_MISSING', { collection: name, field });
    }
  }

  #isPointedAt(all: ReadonlyMap<string, Rows>, { name }: Table, id: string): boolean {
    return Object.entries(this.#layout.collections).some(([other, { fields }]) => {
      const pointing = Object.entries(fields).flatMap(([field, { references }]) => (references === name ? [field] : []));
      return [...(all.get(other)?.values() ?? [])].some(
        (row) => !(other === name && row['id'] === id) && pointing.some((field) => row[field] === id),
      );
    });
  }
}

interface Table {
  readonly name: string;
  readonly collection: CollectionLayout;
}

function isSeen({ collection }: Table, row: Row, user: string | null): boolean {
  return collection.scope === 'tenant' || (user !== null && row['owner'] === user);
}

function demandVersion({ name }: Table, row: Row, expected: number | undefined): void {
  const actual = row['version'];
  if (expected !== undefined && expected !== actual)
    throw rejected('DATA_ROW_CONFLICT', { collection: name, id: row['id'], expected, actual });
}

function at(row: Row, { name }: Asked): unknown {
  return row[name] ?? null;
}

function fieldsOf(row: Row): Values {
  return Object.fromEntries(Object.entries(row).filter(([name]) => !LIFE.has(name)));
}

function measured(measure: Measure, rows: readonly Row[]): unknown {
  if (measure.what === 'count') return rows.length;
  const { what, asked } = measure;
  const values = rows.map((row) => at(row, asked)).filter((value) => value !== null);
  if (values.length === 0) return null;
  if (what === 'min' || what === 'max') {
    const order = [{ asked, descending: what === 'max' }];
    return values.sort((a, b) => compareKeys(order, [a], [b]))[0];
  }
  const sum = values.every(Number.isSafeInteger)
    ? Number(values.reduce<bigint>((total, value) => total + BigInt(value as number), 0n))
    : values.reduce<number>((total, value) => total + Number(value), 0);
  return what === 'sum' ? sum : sum / values.length;
}
