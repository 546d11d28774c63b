// What a database schema of an extension holds, what the layouts that may be asked for need of it, and the steps from one to the other.
// A step is done or not done: whoever was killed between two of them compares again and goes on.
import type { CollectionLayout, FieldLayout, Layout } from '@kari/package/rules';
import { own } from '@kari/package/rules';

export type Storage = 'text' | 'bigint' | 'double precision' | 'boolean' | 'date' | 'timestamptz' | 'uuid' | 'jsonb' | 'bytea';
type Literal = string | number | boolean | null;

export interface ColumnState {
  readonly storage: Storage;
  /** For rows of a version that does not know the column. */
  readonly default: Literal;
  /** Rows without a value were given this one. */
  readonly filled: Literal;
}

interface IndexState {
  readonly columns: readonly string[];
  readonly unique: boolean;
}

interface ReferenceState {
  readonly column: string;
  readonly table: string;
}

interface TableState {
  /** Whether a row is seen by its owner alone. */
  readonly perUser: boolean;
  readonly columns: Readonly<Record<string, ColumnState>>;
  readonly indexes: Readonly<Record<string, IndexState>>;
  readonly references: Readonly<Record<string, ReferenceState>>;
}

/** Table → its state. Every name in it is made here: `t1`, `c2`, `t1_c2_ux`, `t1_c2_t3_fk`. */
export type Inventory = Readonly<Record<string, TableState>>;

export type Step =
  | {
      readonly do: 'create-table';
      readonly table: string;
      readonly perUser: boolean;
      readonly columns: Readonly<Record<string, ColumnState>>;
    }
  | { readonly do: 'add-column'; readonly table: string; readonly column: string; readonly state: ColumnState }
  | { readonly do: 'widen-column'; readonly table: string; readonly column: string; readonly storage: Storage }
  | { readonly do: 'fill-column'; readonly table: string; readonly column: string; readonly value: Literal }
  | { readonly do: 'create-index'; readonly table: string; readonly name: string; readonly index: IndexState; readonly perUser: boolean }
  | { readonly do: 'add-reference'; readonly table: string; readonly name: string; readonly reference: ReferenceState }
  | { readonly do: 'drop-reference' | 'drop-index'; readonly table: string; readonly name: string }
  | { readonly do: 'drop-column'; readonly table: string; readonly column: string }
  | { readonly do: 'drop-table'; readonly table: string };

const ORDER: readonly Step['do'][] = [
  'create-table',
  'add-column',
  'widen-column',
  'fill-column',
  'create-index',
  'add-reference',
  'drop-reference',
  'drop-index',
  'drop-column',
  'drop-table',
];

export function storageOf({ type, sealed }: Pick<FieldLayout, 'type' | 'sealed'>): Storage {
  if (sealed) return 'text';
  switch (type) {
    case 'text':
    case 'boolean':
    case 'date':
    case 'uuid':
      return type;
    case 'integer':
      return 'bigint';
    case 'number':
      return 'double precision';
    case 'timestamp':
      return 'timestamptz';
    case 'json':
      return 'jsonb';
    case 'bytes':
      return 'bytea';
  }
}

/** Everything that any of these layouts needs, the oldest first: the rules of all of them hold together. */
export function wanted(layouts: readonly Layout[]): Inventory {
  const tables = new Map<string, TableState>();
  for (const { collections } of layouts) {
    for (const collection of Object.values(collections)) {
      tables.set(collection.table, merged(tables.get(collection.table), stateOf(collection, collections)));
    }
  }
  return Object.fromEntries(tables);
}

function stateOf(collection: CollectionLayout, collections: Layout['collections']): TableState {
  const { table, fields } = collection;
  const columnOf = (field: string) => own(fields, field)!.column;
  const indexes = collection.indexes.map(({ fields: by, unique }): [string, IndexState] => {
    const columns = by.map(columnOf);
    return [`${table}_${columns.join('_')}_${unique ? 'ux' : 'ix'}`, { columns, unique }];
  });
  const references = Object.values(fields).flatMap(({ column, references: name }): [string, ReferenceState][] => {
    const target = name === null ? null : own(collections, name);
    return target === null ? [] : [[`${table}_${column}_${target.table}_fk`, { column, table: target.table }]];
  });
  return {
    perUser: collection.scope === 'user',
    columns: Object.fromEntries(
      Object.values(fields).map((field): [string, ColumnState] => [
        field.column,
        {
          storage: storageOf(field),
          default: field.sealed ? null : field.default,
          filled: field.required && !field.sealed ? field.default : null,
        },
      ]),
    ),
    indexes: Object.fromEntries(indexes),
    references: Object.fromEntries(references),
  };
}

function merged(before: TableState | undefined, next: TableState): TableState {
  if (before === undefined) return next;
  const columns = Object.entries(next.columns).map(([name, column]): [string, ColumnState] => {
    const known = before.columns[name];
    if (known === undefined) return [name, column];
    // A number that an older version calls an integer stays one for it as long as it is one.
    const storage = known.storage === 'double precision' ? known.storage : column.storage;
    return [name, { storage, default: known.default, filled: column.filled ?? known.filled }];
  });
  return {
    perUser: next.perUser,
    columns: { ...before.columns, ...Object.fromEntries(columns) },
    indexes: { ...before.indexes, ...next.indexes },
    references: { ...before.references, ...next.references },
  };
}

/** In an order in which each is possible: what is new first, and what points to something goes before it does. */
export function stepsBetween(is: Inventory, shall: Inventory): readonly Step[] {
  const steps: Step[] = [];
  for (const [table, state] of Object.entries(shall)) {
    const known = is[table];
    if (known === undefined) steps.push({ do: 'create-table', table, perUser: state.perUser, columns: state.columns });
    else steps.push(...columnSteps(table, known, state));
    for (const [name, index] of missing(known?.indexes ?? {}, state.indexes))
      steps.push({ do: 'create-index', table, name, index, perUser: state.perUser });
    for (const [name, reference] of missing(known?.references ?? {}, state.references))
      steps.push({ do: 'add-reference', table, name, reference });
  }
  for (const [table, known] of Object.entries(is)) {
    const state = shall[table];
    for (const [name] of missing(state?.references ?? {}, known.references)) steps.push({ do: 'drop-reference', table, name });
    if (state === undefined) steps.push({ do: 'drop-table', table });
    else {
      for (const [name] of missing(state.indexes, known.indexes)) steps.push({ do: 'drop-index', table, name });
      for (const [column] of missing(state.columns, known.columns)) steps.push({ do: 'drop-column', table, column });
    }
  }
  return steps.sort((a, b) => ORDER.indexOf(a.do) - ORDER.indexOf(b.do));
}

function columnSteps(table: string, is: TableState, shall: TableState): readonly Step[] {
  return Object.entries(shall.columns).flatMap(([column, state]): Step[] => {
    const known = is.columns[column];
    if (known === undefined) return [{ do: 'add-column', table, column, state }];
    const widens = known.storage === 'bigint' && state.storage === 'double precision';
    const fills = state.filled !== null && known.filled === null;
    return [
      ...(widens ? [{ do: 'widen-column', table, column, storage: state.storage } as const] : []),
      ...(fills ? [{ do: 'fill-column', table, column, value: state.filled } as const] : []),
    ];
  });
}

function missing<T>(is: Readonly<Record<string, T>>, shall: Readonly<Record<string, T>>): readonly (readonly [string, T])[] {
  return Object.entries(shall).filter(([name]) => !Object.hasOwn(is, name));
}

/** The inventory once the step is done. */
export function after(is: Inventory, step: Step): Inventory {
  const { table } = step;
  if (step.do === 'drop-table') return without(is, table);
  if (step.do === 'create-table') return { ...is, [table]: { perUser: step.perUser, columns: step.columns, indexes: {}, references: {} } };
  const known = is[table];
  if (known === undefined) return is;
  return { ...is, [table]: changed(known, step) };
}

function changed(is: TableState, step: Exclude<Step, { do: 'drop-table' | 'create-table' }>): TableState {
  const column = (name: string, state: ColumnState): TableState => ({ ...is, columns: { ...is.columns, [name]: state } });
  switch (step.do) {
    case 'add-column':
      return column(step.column, step.state);
    case 'widen-column':
      return column(step.column, { ...is.columns[step.column]!, storage: step.storage });
    case 'fill-column':
      return column(step.column, { ...is.columns[step.column]!, filled: step.value });
    case 'create-index':
      return { ...is, indexes: { ...is.indexes, [step.name]: step.index } };
    case 'add-reference':
      return { ...is, references: { ...is.references, [step.name]: step.reference } };
    case 'drop-reference':
      return { ...is, references: without(is.references, step.name) };
    case 'drop-index':
      return { ...is, indexes: without(is.indexes, step.name) };
    case 'drop-column':
      return { ...is, columns: without(is.columns, step.column) };
  }
}

function without<T>(record: Readonly<Record<string, T>>, name: string): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => key !== name));
}

/** One line for the journal. */
export function inWords(step: Step): string {
  switch (step.do) {
    case 'create-index':
      return `${step.do} ${step.name}`;
    case 'create-table':
    case 'drop-table':
      return `${step.do} ${step.table}`;
    case 'add-reference':
    case 'drop-reference':
    case 'drop-index':
      return `${step.do} ${step.name}`;
    default:
      return `${step.do} ${step.table}.${step.column}`;
  }
}
