// The tables of one version of an extension, and what leads from one layout to the next. Names of authors stay keys of a map; in the
// database a collection is `t1`, a field `c1`: two versions can then share one table, and a field that is renamed stays where it is.
import type { DataCollection, DataField, ManifestData } from '@kari/protocol/manifest';
import { below } from '../schema/pointer.js';
import { judgeValue } from './value.rules.js';

export interface FieldLayout {
  /** `c<number>`. */
  readonly column: string;
  readonly type: DataField['type'];
  readonly required: boolean;
  /** Characters of a text, bytes of bytes; null for other types. */
  readonly maxLength: number | null;
  readonly values: readonly string[] | null;
  readonly default: string | number | boolean | null;
  /** The collection whose rows it points to. */
  readonly references: string | null;
  /** Encrypted at rest: neither searched by nor ordered by. */
  readonly sealed: boolean;
  readonly personal: 'no' | 'identifies' | 'sensitive';
}

interface IndexLayout {
  readonly fields: readonly string[];
  readonly unique: boolean;
}

export interface CollectionLayout {
  /** `t<number>`. */
  readonly table: string;
  readonly scope: 'tenant' | 'user';
  /** Most rows in a tenant. */
  readonly rows: number;
  readonly subject: string | null;
  readonly fields: Readonly<Record<string, FieldLayout>>;
  /** Those of unique fields and of references too. */
  readonly indexes: readonly IndexLayout[];
}

export interface Layout {
  readonly version: number;
  readonly collections: Readonly<Record<string, CollectionLayout>>;
}

export interface LayoutChange {
  readonly act: 'create' | 'add' | 'alter' | 'rename' | 'drop' | 'index';
  readonly collection: string;
  /** Null: the collection itself. */
  readonly field: string | null;
  /** In words. */
  readonly detail: string;
}

export interface LayoutProblem {
  readonly code: 'DATA_LAYOUT_INVALID' | 'DATA_LAYOUT_NARROWS' | 'DATA_LAYOUT_VERSION' | 'DATA_LAYOUT_UNSERVED';
  /** Into `extension.json`. */
  readonly pointer: string;
  readonly reason: string;
  readonly cure: string;
}

export type LayoutPlan =
  | { readonly problems: readonly []; readonly layout: Layout; readonly changes: readonly LayoutChange[] }
  | { readonly problems: readonly [LayoutProblem, ...LayoutProblem[]]; readonly layout: null; readonly changes: readonly [] };

/** What every row has by itself: no field of an author may be called so. */
export const reservedFields = ['id', 'version', 'created_at', 'updated_at', 'owner'] as const;

export const emptyLayout: Layout = { version: 0, collections: {} };

const DEFAULT_LENGTH = 4_096;
const DEFAULT_ROWS = 100_000;
/** An entry of an index has 2,704 bytes at most, a character four. */
const LONGEST_INDEXED = 600;
const NEVER_INDEXED: ReadonlySet<DataField['type']> = new Set(['json', 'bytes']);

/**
 * `before` is what the tenant has (`emptyLayout`: nothing), `data` what a version declares; `used` are layouts whose names in the database
 * are taken as well. Nothing is dropped by this: what the new layout lacks is kept as long as the old one may be needed.
 */
export function planLayout(before: Layout, data: ManifestData | undefined, used: readonly Layout[] = []): LayoutPlan {
  const next = data ?? { version: before.version, collections: {} };
  const names = takenNames([before, ...used]);
  const problems: LayoutProblem[] = [];
  const changes: LayoutChange[] = [];
  const known = new Set(Object.keys(next.collections));
  const collections = Object.entries(next.collections).map(([name, declared]): [string, CollectionLayout] => {
    const at = below('/data/collections', name);
    problems.push(...problemsOf(name, declared, known, at));
    const kept = own(before.collections, name);
    if (kept === null)
      changes.push({ act: 'create', collection: name, field: null, detail: `a table of ${count(declared.fields)} field(s)` });
    const renamed = kept === null ? noMoves : movesOf(name, kept, before.version, next, problems);
    return [name, collectionOf(kept, declared, renamed, names, { name, at, problems, changes })];
  });
  for (const name of Object.keys(before.collections)) {
    if (!known.has(name)) changes.push({ act: 'drop', collection: name, field: null, detail: 'the collection and its rows' });
  }
  const layout: Layout = { version: next.version, collections: Object.fromEntries(collections) };
  if (data !== undefined && before !== emptyLayout) problems.push(...versionProblems(before, data, changes));
  const [first, ...others] = problems;
  return first === undefined ? { problems: [], layout, changes } : { problems: [first, ...others], layout: null, changes: [] };
}

/** Never a member that a name inherits: `constructor` is a name like others. */
export function own<T>(record: Readonly<Record<string, T>>, name: string): T | null {
  return Object.hasOwn(record, name) ? (record[name] ?? null) : null;
}

interface Place {
  readonly name: string;
  readonly at: string;
  readonly problems: LayoutProblem[];
  readonly changes: LayoutChange[];
}

/** Where the fields of the layout before went: new name → old name, and those that were given up. */
interface Moves {
  readonly from: ReadonlyMap<string, string>;
  readonly dropped: ReadonlySet<string>;
}

const noMoves: Moves = { from: new Map(), dropped: new Set() };

interface Names {
  table(): string;
  column(): string;
}

function takenNames(layouts: readonly Layout[]): Names {
  const all = layouts.flatMap(({ collections }) => Object.values(collections));
  let table = Math.max(0, ...all.map((one) => numberOf(one.table)));
  let column = Math.max(0, ...all.flatMap(({ fields }) => Object.values(fields).map((field) => numberOf(field.column))));
  return { table: () => `t${(table += 1)}`, column: () => `c${(column += 1)}` };
}

function numberOf(name: string): number {
  return Number(name.slice(1));
}

function collectionOf(kept: CollectionLayout | null, declared: DataCollection, moves: Moves, names: Names, place: Place): CollectionLayout {
  const { name, at, problems, changes } = place;
  const fields = Object.entries(declared.fields).map(([field, one]): [string, FieldLayout] => {
    const pointer = below(`${at}/fields`, field);
    const old = kept === null ? null : own(kept.fields, moves.from.get(field) ?? field);
    const was = moves.from.has(field) || !moves.dropped.has(field) ? old : null;
    const layout = fieldOf(was?.column ?? names.column(), one);
    if (kept !== null && was === null) {
      changes.push({ act: 'add', collection: name, field, detail: `a ${one.type}` });
      if (layout.required && layout.default === null)
        problems.push(
          narrows(pointer, 'rows that are there have no value for a required field', 'Give it a default, or make it optional.'),
        );
    }
    if (was !== null) compareFields(was, layout, pointer, field, place);
    return [field, layout];
  });
  const scope = declared.scope ?? 'tenant';
  const layout: CollectionLayout = {
    table: kept?.table ?? names.table(),
    scope,
    rows: declared.rows ?? DEFAULT_ROWS,
    subject: declared.subject ?? null,
    fields: Object.fromEntries(fields),
    indexes: indexesOf(declared),
  };
  if (kept === null) return layout;
  if (kept.scope !== scope)
    problems.push(
      narrows(`${at}/scope`, `rows cannot change from scope ${kept.scope} to ${scope}`, 'Declare a new collection with that scope.'),
    );
  compareIndexes(kept, layout, place);
  const gone = Object.keys(kept.fields).filter((field) => !isCarried(field, layout, moves));
  for (const field of gone) {
    if (moves.dropped.has(field)) changes.push({ act: 'drop', collection: name, field, detail: 'the field and its values' });
    else
      problems.push(
        narrows(
          below(`${at}/fields`, field),
          `the field ${field} is gone`,
          `Add to data.migrations a "drop" of ${field}, or a "rename" from it.`,
        ),
      );
  }
  for (const [to, from] of moves.from) changes.push({ act: 'rename', collection: name, field: to, detail: `it was ${from}` });
  return layout;
}

function isCarried(field: string, layout: CollectionLayout, { from, dropped }: Moves): boolean {
  if (dropped.has(field)) return false;
  return [...from.values()].includes(field) || (own(layout.fields, field) !== null && !from.has(field));
}

function fieldOf(column: string, field: DataField): FieldLayout {
  const { type, required = false, maxLength = DEFAULT_LENGTH, values, references, personal = 'no', encrypted = false } = field;
  return {
    column,
    type,
    required,
    maxLength: type === 'text' || type === 'bytes' ? maxLength : null,
    values: values ?? null,
    default: field.default ?? null,
    references: references ?? null,
    sealed: encrypted || personal === 'sensitive',
    personal,
  };
}

function indexesOf({ fields, indexes = [] }: DataCollection): readonly IndexLayout[] {
  const single = Object.entries(fields).flatMap(([name, { unique, references }]): IndexLayout[] =>
    unique === true || references !== undefined ? [{ fields: [name], unique: unique === true }] : [],
  );
  const all = [...single, ...indexes.map((index) => ({ fields: index.fields, unique: index.unique === true }))];
  return all.filter((index, place) => all.findIndex((other) => sameIndex(index, other)) === place);
}

function sameIndex(a: IndexLayout, b: IndexLayout): boolean {
  return a.unique === b.unique && a.fields.join() === b.fields.join();
}

function compareFields(was: FieldLayout, is: FieldLayout, at: string, field: string, { name: collection, problems, changes }: Place): void {
  const alter = (detail: string) => changes.push({ act: 'alter', collection, field, detail });
  const refuse = (pointer: string, reason: string, cure: string) => problems.push(narrows(pointer, reason, cure));
  const another = 'Declare a new field, and fill it in onUpgrade.';
  if (was.type !== is.type) {
    if (was.type === 'integer' && is.type === 'number') alter('an integer becomes a number');
    else refuse(`${at}/type`, `a ${was.type} does not become a ${is.type} without losing values`, another);
  }
  if (was.sealed !== is.sealed) refuse(at, 'whether a field is encrypted cannot change', another);
  if (was.maxLength !== null && is.maxLength !== null && was.maxLength !== is.maxLength) {
    if (is.maxLength > was.maxLength) alter(`at most ${is.maxLength} long instead of ${was.maxLength}`);
    else refuse(`${at}/maxLength`, `values may be up to ${was.maxLength} long`, `Keep ${was.maxLength} or more.`);
  }
  const lost = is.values === null ? [] : (was.values ?? ['any text']).filter((value) => !is.values!.includes(value));
  if (lost.length > 0) refuse(`${at}/values`, `rows may hold ${lost.slice(0, 5).join(', ')}`, 'Keep the former values.');
  else if ((was.values ?? []).join('\n') !== (is.values ?? []).join('\n')) alter('more values are allowed');
  if (is.required && !was.required) {
    if (is.default === null) refuse(`${at}/required`, 'rows may have no value', 'Give it a default, which those rows then get.');
    else alter('required; rows without a value get the default');
  }
  if (!is.required && was.required) alter('not required any more');
  if (was.references !== is.references) alter(is.references === null ? 'points to no collection any more' : `points to ${is.references}`);
  if (was.default !== is.default) alter('another default');
  if (was.personal !== is.personal && was.sealed === is.sealed) alter(`personal data: ${is.personal}`);
}

function compareIndexes(was: CollectionLayout, is: CollectionLayout, { name: collection, changes }: Place): void {
  const physical = (of: CollectionLayout) =>
    new Map(of.indexes.map((index) => [`${index.unique}${index.fields.map((field) => own(of.fields, field)?.column).join()}`, index]));
  const [old, now] = [physical(was), physical(is)];
  const words = ({ fields, unique }: IndexLayout) => `${unique ? 'unique ' : ''}by ${fields.join(', ')}`;
  for (const [key, index] of now) if (!old.has(key)) changes.push({ act: 'index', collection, field: null, detail: words(index) });
  for (const [key, index] of old)
    if (!now.has(key)) changes.push({ act: 'index', collection, field: null, detail: `no longer ${words(index)}` });
}

/** The steps of all versions in between, in order: what was renamed twice is followed. */
function movesOf(collection: string, kept: CollectionLayout, from: number, data: ManifestData, problems: LayoutProblem[]): Moves {
  const origin = new Map(Object.keys(kept.fields).map((field) => [field, field]));
  const dropped = new Set<string>();
  const steps = (data.migrations ?? []).map((step, index) => ({ ...step, at: `/data/migrations/${index}` }));
  const due = steps
    .filter((step) => step.collection === collection && step.to > from && step.to <= data.version)
    .sort((a, b) => a.to - b.to);
  for (const { at, rename, drop, convert } of due) {
    if (convert !== undefined) {
      problems.push({
        code: 'DATA_LAYOUT_UNSERVED',
        pointer: `${at}/convert`,
        reason: 'rows are not converted by a handler yet',
        cure: 'Declare a new field and fill it in onUpgrade.',
      });
    }
    const [name, pointer] = drop === undefined ? [rename?.from, `${at}/rename/from`] : [drop, `${at}/drop`];
    if (name === undefined) continue;
    const was = origin.get(name);
    if (was === undefined) {
      problems.push({
        code: 'DATA_LAYOUT_INVALID',
        pointer,
        reason: `${collection} has no field ${name} at this point`,
        cure: 'Name a field of the layout before.',
      });
      continue;
    }
    origin.delete(name);
    if (rename === undefined) dropped.add(was);
    else if (origin.has(rename.to))
      problems.push({
        code: 'DATA_LAYOUT_INVALID',
        pointer: `${at}/rename/to`,
        reason: `${collection} has a field ${rename.to} already`,
        cure: 'Choose another name.',
      });
    else origin.set(rename.to, was);
  }
  return { from: new Map([...origin].filter(([now, was]) => now !== was)), dropped };
}

function versionProblems(before: Layout, data: ManifestData, changes: readonly LayoutChange[]): readonly LayoutProblem[] {
  const problem = (reason: string, cure: string): readonly LayoutProblem[] => [
    { code: 'DATA_LAYOUT_VERSION', pointer: '/data/version', reason, cure },
  ];
  if (data.version < before.version)
    return problem(
      `the tables are at version ${before.version}, ${data.version} is older`,
      `Install a version of the extension with data.version ${before.version} or higher.`,
    );
  if (data.version === before.version && changes.length > 0)
    return problem(`version ${data.version} means another layout already`, `Raise data.version to ${data.version + 1}.`);
  return [];
}

function problemsOf(name: string, collection: DataCollection, known: ReadonlySet<string>, at: string): LayoutProblem[] {
  const problems: LayoutProblem[] = [];
  const { kind = 'table', fields } = collection;
  if (kind === 'documents') {
    const reason = 'collections of documents are not served yet';
    problems.push({ code: 'DATA_LAYOUT_UNSERVED', pointer: `${at}/kind`, reason, cure: 'Use a table with a field of type json.' });
  }
  for (const [field, one] of Object.entries(fields)) {
    const pointer = below(`${at}/fields`, field);
    if ((reservedFields as readonly string[]).includes(field))
      problems.push(invalid(pointer, `every row has ${field} by itself`, 'Choose another name.'));
    if (one.default !== undefined && one.default !== null) {
      const judged = judgeValue(fieldOf('', one), one.default);
      if (!judged.ok) problems.push(invalid(`${pointer}/default`, judged.reason, `Give a ${one.type} as default.`));
    }
    if (one.references !== undefined && !known.has(one.references))
      problems.push(invalid(`${pointer}/references`, `there is no collection ${one.references}`, 'Name a collection of data.'));
  }
  return [...problems, ...indexProblems(name, collection, at)];
}

function indexProblems(name: string, { fields, indexes = [] }: DataCollection, at: string): readonly LayoutProblem[] {
  const single = Object.entries(fields).flatMap(([field, { unique }]) =>
    unique === true ? [{ of: [field], pointer: `${below(`${at}/fields`, field)}/unique` }] : [],
  );
  const several = indexes.map(({ fields: of }, place) => ({ of, pointer: `${at}/indexes/${place}` }));
  return [...single, ...several].flatMap(({ of, pointer }): readonly LayoutProblem[] => {
    const found = of.map((field) => own(fields, field));
    if (found.includes(null)) return [invalid(pointer, `${name} lacks a field of this index`, 'Name fields of the collection.')];
    const odd = of.find((_, place) => NEVER_INDEXED.has(found[place]!.type) || fieldOf('', found[place]!).sealed);
    if (odd !== undefined)
      return [invalid(pointer, `${odd} is encrypted, json or bytes, and cannot be compared`, 'Leave it out of what is unique or indexed.')];
    const length = found.reduce((sum, field) => sum + longest(field!), 0);
    if (length <= LONGEST_INDEXED) return [];
    return [
      invalid(
        pointer,
        `texts that are compared have at most ${LONGEST_INDEXED} characters together`,
        'Give the fields a "maxLength" that fits.',
      ),
    ];
  });
}

function longest({ type, values, maxLength = DEFAULT_LENGTH }: DataField): number {
  if (type !== 'text') return 0;
  return values === undefined ? maxLength : Math.max(...values.map((value) => value.length));
}

function invalid(pointer: string, reason: string, cure: string): LayoutProblem {
  return { code: 'DATA_LAYOUT_INVALID', pointer, reason, cure };
}

function narrows(pointer: string, reason: string, cure: string): LayoutProblem {
  return { code: 'DATA_LAYOUT_NARROWS', pointer, reason, cure };
}

function count(fields: Readonly<Record<string, unknown>>): number {
  return Object.keys(fields).length;
}
