// The tables of an extension: typed by its manifest, judged by the platform before there is any SQL.
import type { BrokerCall } from './broker-call.js';
import type { ExtensionTypes } from './types.js';

/**
 * Needs `permissions.data` for each collection: `read`, or `write`, which includes it. A tenant's rows are seen in that tenant alone; those
 * of a collection with `scope: user` by the user alone who set the call in motion (nobody's in a call of the extension itself).
 */
export interface Data<T extends ExtensionTypes> {
  /** A collection of the manifest. Asks nothing yet. */
  table<Name extends keyof T['collections'] & string>(name: Name): Table<T['collections'][Name]>;
  /**
   * Up to 100 writes, in order, all of them or none. Give inserted rows ids of your own (`crypto.randomUUID()`) where others point to them.
   * Rejects like the writes of `Table`.
   */
  write(writes: readonly TableWrite[]): Promise<readonly WriteOutcome[]>;
}

/** What every row has beside its fields. No field can be called so. */
export interface RowLife {
  /** uuid; v7, unless it was given. */
  readonly id: string;
  /** 1 after the insert; rises with each update. */
  readonly version: number;
  /** ISO 8601 in UTC, with milliseconds. */
  readonly created_at: string;
  readonly updated_at: string;
  /** The user for whom it was inserted; null for the extension itself. */
  readonly owner: string | null;
}

export type TableRow<Fields> = Fields & RowLife;

/**
 * One collection. Values as JSON has them: `date` as `2026-01-31`, `timestamp` as ISO 8601 with a zone (read back in UTC with milliseconds),
 * `bytes` in base64, `integer` within 53 bits. Everything rejects DENIED without a grant, DEADLINE after 5 seconds, UNAVAILABLE while the
 * tables are brought to another version, INVALID with reason `DATA_FIELD_UNKNOWN` or `DATA_QUERY_INVALID` for what the manifest does not declare.
 */
export interface Table<Fields> {
  /** Null: there is none that this caller may see. */
  get(id: string): Promise<TableRow<Fields> | null>;
  /** A page of rows: default 100, at most 500, and at most 512 KiB. `next` is the `after` of the following page, null at the end. */
  find(query?: TableQuery<Fields>): Promise<TablePage<Fields>>;
  count(where?: Where<Fields>): Promise<number>;
  /** Sums over rows. Groups in order of their fields, at most 500; `more` tells whether there are others. */
  aggregate(query: AggregateQuery<Fields>): Promise<AggregateAnswer>;
  /**
   * Fields that are left out get their default. Rejects INVALID with reason `DATA_VALUE_INVALID`, `DATA_NOT_UNIQUE`, `DATA_REFERENCE_MISSING`;
   * LIMIT with `DATA_TABLES_QUOTA` or `DATA_ROW_TOO_LARGE` (256 KiB); DENIED with `DATA_NO_USER`. Nothing is written then.
   */
  insert(fields: Partial<Fields>, options?: { readonly id?: string }): Promise<{ readonly id: string; readonly version: number }>;
  /**
   * Changes the fields that are named; null takes a value away. `version`: the one that must be there; without it the last writer wins.
   * Rejects as `insert` does, and INVALID with reason `DATA_ROW_CONFLICT` when another version is there, `DATA_ROW_MISSING` when there is no row.
   */
  update(
    id: string,
    fields: Partial<Fields>,
    options?: { readonly version?: number },
  ): Promise<{ readonly id: string; readonly version: number }>;
  /** Whether there was a row to delete. Rejects INVALID with reason `DATA_STILL_REFERENCED` while rows point to it, or `DATA_ROW_CONFLICT`. */
  delete(id: string, options?: { readonly version?: number }): Promise<boolean>;
}

type Name<Fields> = keyof (Fields & RowLife) & string;
type Value = string | number | boolean;

/** One thing asked of one field. A row without a value is not equal to any, and neither less, greater, in, nor like another. */
export type Condition<Fields> = { readonly field: Name<Fields> } & (
  | { readonly eq: Value }
  | { readonly ne: Value }
  | { readonly lt: Value }
  | { readonly lte: Value }
  | { readonly gt: Value }
  | { readonly gte: Value }
  /** At most 100. */
  | { readonly in: readonly Value[] }
  /** Texts alone, in this very spelling; at most 200 characters. */
  | { readonly contains: string }
  | { readonly startsWith: string }
  | { readonly isNull: boolean }
);

/** At most 50 conditions, 8 deep. Encrypted fields, json and bytes can only be asked with `isNull`. */
export type Where<Fields> =
  | Condition<Fields>
  | { readonly and: readonly Where<Fields>[] }
  | { readonly or: readonly Where<Fields>[] }
  | { readonly not: Where<Fields> };

export interface TableQuery<Fields> {
  readonly where?: Where<Fields>;
  /** At most 3 fields; rows without a value come last. Default: by id, which is the order of making. */
  readonly order?: readonly { readonly field: Name<Fields>; readonly direction?: 'asc' | 'desc' }[];
  readonly limit?: number;
  /** `next` of the page before, with the same order. */
  readonly after?: string | null;
}

export interface TablePage<Fields> {
  readonly rows: readonly TableRow<Fields>[];
  readonly next: string | null;
}

export interface AggregateQuery<Fields> {
  readonly where?: Where<Fields>;
  /** At most 3 fields. */
  readonly groupBy?: readonly Name<Fields>[];
  /** Name in the answer → what is measured; at most 10. `sum` and `avg` of numbers; `min` and `max` also of texts, dates and timestamps. */
  readonly measures: Readonly<Record<string, Measure<Fields>>>;
}

export type Measure<Fields> =
  | { readonly count: true }
  | { readonly sum: Name<Fields> }
  | { readonly avg: Name<Fields> }
  | { readonly min: Name<Fields> }
  | { readonly max: Name<Fields> };

export interface AggregateAnswer {
  /** The fields of `groupBy` and the measures; a measure of no value is null. */
  readonly groups: readonly Readonly<Record<string, string | number | boolean | null>>[];
  readonly more: boolean;
}

/** One of several writes. */
export type TableWrite = { readonly collection: string } & (
  | { readonly insert: object; readonly id?: string }
  | { readonly update: string; readonly set: object; readonly version?: number }
  | { readonly delete: string; readonly version?: number }
);

export type WriteOutcome = { readonly id: string; readonly version: number } | { readonly deleted: boolean };

export function dataService<T extends ExtensionTypes>(call: BrokerCall): Data<T> {
  const write = async (writes: readonly TableWrite[]) =>
    (await call<{ outcomes: readonly WriteOutcome[] }>('data.write', { writes })).outcomes;
  const one = async <Outcome extends WriteOutcome>(only: TableWrite) => (await write([only]))[0] as Outcome;
  return {
    write,
    table: <Fields>(collection: string): Table<Fields> => ({
      get: async (id) => (await call<{ row: TableRow<Fields> | null }>('data.get', { collection, id })).row,
      find: (query = {}) => call('data.find', { collection, ...query }),
      count: async (where) =>
        (await call<{ count: number }>('data.count', { collection, ...(where === undefined ? {} : { where }) })).count,
      aggregate: (query) => call('data.aggregate', { collection, ...query }),
      insert: (insert, options = {}) => one({ collection, insert, ...options }),
      update: (update, set, options = {}) => one({ collection, update, set, ...options }),
      delete: async (id, options = {}) => (await one<{ deleted: boolean }>({ collection, delete: id, ...options })).deleted,
    }),
  };
}
