// A step as SQL. All names in it were made by the platform and are quoted here; a default is the only text of an author, as a literal.
import { protectOwn, quoteName } from '@kari/platform/database';
import { escapeLiteral } from 'pg';
import type { ColumnState, Step } from './inventory.rules.js';

/** `x_` and 20 hex digits: the only form that the database makes or drops. */
export function statementsOf(schema: string, step: Step): string {
  const table = tableIn(schema, step.table);
  switch (step.do) {
    case 'create-table':
      return `create table ${table} (
          id uuid primary key, tenant uuid not null, owner text collate "C", version bigint not null, bytes integer not null,
          created_at timestamptz not null, updated_at timestamptz not null
          ${Object.entries(step.columns)
            .map(([name, column]) => `, ${columnOf(name, column)}`)
            .join('')});
        ${protectOwn(`${schema}.${step.table}`, { tenantColumn: 'tenant', userColumn: step.perUser ? 'owner' : null })}`;
    case 'add-column':
      return `alter table ${table} add column ${columnOf(step.column, step.state)}`;
    case 'widen-column':
      return `alter table ${table} alter column ${quoteName(step.column)} type ${step.storage}`;
    case 'fill-column':
      return `update ${table} set ${quoteName(step.column)} = ${literal(step.value)} where ${quoteName(step.column)} is null`;
    case 'create-index': {
      // Of rows that only their owner sees nobody learns by a refusal what others hold.
      const columns = [...(step.perUser ? ['owner'] : []), ...step.index.columns].map(quoteName).join(', ');
      return `create ${step.index.unique ? 'unique ' : ''}index ${quoteName(step.name)} on ${table} (${columns})`;
    }
    case 'add-reference': {
      const { column, table: target } = step.reference;
      return `alter table ${table} add constraint ${quoteName(step.name)} foreign key (${quoteName(column)}) references ${tableIn(schema, target)} (id)`;
    }
    case 'drop-reference':
      return `alter table ${table} drop constraint if exists ${quoteName(step.name)}`;
    case 'drop-index':
      return `drop index if exists ${quoteName(schema)}.${quoteName(step.name)}`;
    case 'drop-column':
      return `alter table ${table} drop column ${quoteName(step.column)}`;
    case 'drop-table':
      return `drop table ${table}`;
  }
}

export function tableIn(schema: string, table: string): string {
  return `${quoteName(schema)}.${quoteName(table)}`;
}

function columnOf(name: string, { storage, default: value }: ColumnState): string {
  // Byte order: the same in every database, and in the store of the test host.
  const collation = storage === 'text' ? ' collate "C"' : '';
  return `${quoteName(name)} ${storage}${collation}${value === null ? '' : ` default ${literal(value)}`}`;
}

function literal(value: string | number | boolean | null): string {
  return value === null ? 'null' : typeof value === 'string' ? escapeLiteral(value) : `'${String(value)}'`;
}
