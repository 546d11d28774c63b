// A fold of the log into rows that answer one question. Knows nothing of SQL: its table is described by kinds of columns.
import type { RecordedEvent } from './event.js';

export type ColumnKind = 'text' | 'uuid' | 'integer' | 'bigint' | 'double' | 'boolean' | 'timestamp' | 'json';

export interface ProjectionTable {
  /** `<schema>.<table>`, the schema being the context: `extension.registry`. */
  readonly name: string;
  readonly columns: Readonly<Record<string, ColumnKind | `${ColumnKind}?`>>;
  /** Columns of the primary key; `keyOf` answers their values in this order. */
  readonly key: readonly string[];
  /** The column that holds the tenant: rows are seen by that tenant alone. Null: rows belong to the platform. */
  readonly tenantColumn: string | null;
  readonly indexes?: readonly (readonly string[])[];
  /**
   * A `bigint` column that the runner fills when a row first appears: 1, 2, 3 ... over the whole table, in log order, without holes, the same
   * after a rebuild. Only for projections that never remove a row. `evolve` answers null for a new row and keeps what it finds; a row that
   * an event carries as a whole brings its number along.
   */
  readonly numberColumn?: string;
}

/** Values of a row by column; bigint as string, timestamp as ISO 8601. */
export type ProjectionRow = Readonly<Record<string, unknown>>;

export interface Projection<Row extends ProjectionRow = ProjectionRow> {
  /** `<context>.<view>`; stored in the checkpoint. */
  readonly name: string;
  /** Raise it when the fold or the table changes: the view is rebuilt beside the live one and swapped. */
  readonly version: number;
  readonly table: ProjectionTable;
  /** Event types folded, or `'*'` for every one. */
  readonly handles: readonly string[] | '*';
  /**
   * For an event that stands for several, each concerning one row: those, in order. They keep its id, stream and position. Default: itself.
   */
  spread?(event: RecordedEvent): readonly RecordedEvent[];
  /** Of numbered rows that later events carry as a whole, because their own may be gone: no other row gets these numbers. */
  readonly carried?: { readonly types: readonly string[]; numbersOf(event: RecordedEvent): readonly string[] };
  /** Key of the row an event concerns, or null for none. */
  keyOf(event: RecordedEvent): readonly string[] | null;
  /** The row after the event; null removes it. */
  evolve(row: Row | null, event: RecordedEvent): Row | null;
}
