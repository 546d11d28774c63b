// Rows of the version before, in the tables of the next: by the plan that the platform follows, under the rules that its database would hold.
import { rejected } from '@kari/kernel';
import { asRead, own, type CollectionLayout, type FieldLayout, type Layout } from '@kari/package/rules';

type Row = Readonly<Record<string, unknown>>;
type Tables = ReadonlyMap<string, ReadonlyMap<string, Row>>;

/** Throws `Rejection` DATA_MIGRATION_FAILED for rows that break a rule of the new layout. */
export function broughtOver(extension: string, before: { readonly layout: Layout; readonly rows: Tables }, layout: Layout): Tables {
  const rows = new Map(
    Object.entries(layout.collections).map(([name, collection]) => {
      const [old, kept] = Object.entries(before.layout.collections).find(([, { table }]) => table === collection.table) ?? [];
      const found = old === undefined || kept === undefined ? [] : [...(before.rows.get(old) ?? [])];
      return [
        name,
        new Map(found.map(([id, row]): [string, Row] => [id, { ...lifeOf(row), ...fieldsOf(row, kept!, collection) }])),
      ] as const;
    }),
  );
  for (const [name, collection] of Object.entries(layout.collections)) {
    const broken = brokenRule(name, collection, layout, rows);
    if (broken !== null) throw rejected('DATA_MIGRATION_FAILED', { extension, ...broken });
  }
  return rows;
}

function lifeOf({ id, version, created_at, updated_at, owner }: Row): Row {
  return { id, version, created_at, updated_at, owner };
}

function fieldsOf(row: Row, before: CollectionLayout, { fields }: CollectionLayout): Row {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, valueOf(row, before, field)]));
}

function valueOf(row: Row, before: CollectionLayout, field: FieldLayout): unknown {
  const [old] = Object.entries(before.fields).find(([, { column }]) => column === field.column) ?? [];
  if (old !== undefined) return asRead(field, row[old]);
  return field.sealed ? asRead(field, null) : field.default;
}

function brokenRule(
  name: string,
  { scope, table, fields, indexes }: CollectionLayout,
  layout: Layout,
  rows: Tables,
): { readonly step: string; readonly reason: string } | null {
  const all = [...(rows.get(name)?.values() ?? [])];
  for (const { fields: by, unique } of indexes) {
    const keys = all
      .filter((row) => by.every((field) => row[field] !== null))
      .map((row) => JSON.stringify([scope === 'user' ? row['owner'] : null, ...by.map((field) => row[field])]));
    if (unique && new Set(keys).size < keys.length) {
      const columns = by.map((field) => own(fields, field)!.column);
      return { step: `create-index ${table}_${columns.join('_')}_ux`, reason: 'rows that are there share a value' };
    }
  }
  for (const [field, { column, references }] of Object.entries(fields)) {
    const target = references === null ? null : own(layout.collections, references);
    if (references === null || target === null) continue;
    const lost = all.some((row) => row[field] !== null && rows.get(references)?.has(row[field] as string) !== true);
    if (lost) return { step: `add-reference ${table}_${column}_${target.table}_fk`, reason: 'rows that are there point to no row' };
  }
  return null;
}
