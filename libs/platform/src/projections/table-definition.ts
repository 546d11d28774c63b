// The one place where a projection's table becomes SQL: the live table and the one built beside it are made alike, policies included.
import type { ColumnKind, ProjectionTable } from '@kari/kernel';
import { protect, quoteName, quoteTable } from '../database/index.js';
import { columnsOf } from './columns.rules.js';

export const SQL_TYPES: Readonly<Record<ColumnKind, string>> = {
  text: 'text',
  uuid: 'uuid',
  integer: 'integer',
  bigint: 'bigint',
  double: 'double precision',
  boolean: 'boolean',
  timestamp: 'timestamptz',
  json: 'jsonb',
};

/** `physical` is where the table is made; `tag` keeps the names of its indexes apart from those of the table it will replace. */
export function createTable(table: ProjectionTable, physical: string, tag: string): string {
  assertSound(table);
  const bare = table.name.slice(table.name.indexOf('.') + 1);
  const columns = columnsOf(table).map(({ name, kind, nullable }) => `${quoteName(name)} ${SQL_TYPES[kind]}${nullable ? '' : ' not null'}`);
  const indexes = (table.indexes ?? []).map(
    (index, number) =>
      `create index ${quoteName(shortened(`${bare}_${tag}_i${number + 1}`))} on ${quoteTable(physical)} (${names(index)});`,
  );
  return `
    create table ${quoteTable(physical)} (
      ${columns.join(',\n      ')},
      constraint ${quoteName(shortened(`${bare}_${tag}_key`))} primary key (${names(table.key)})
    );
    ${indexes.join('\n    ')}
    ${protect(physical, table.tenantColumn)}`;
}

/** Changes whenever a table made today would differ from one made before. */
export function shapeOf(table: ProjectionTable): string {
  return createTable(table, table.name, 'shape').replace(/\s+/g, ' ');
}

function assertSound(table: ProjectionTable): void {
  const columns = columnsOf(table);
  const known = new Set(columns.map(({ name }) => name));
  const fault = (what: string): never => {
    throw new TypeError(`table ${table.name}: ${what}`);
  };
  if (!/^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$/.test(table.name)) fault('its name is not <schema>.<table>');
  if (table.name.length > 55) fault('its name is longer than 55 letters');
  if (table.key.length === 0) fault('it has no key');
  for (const name of [...table.key, ...(table.indexes ?? []).flat(), ...(table.tenantColumn === null ? [] : [table.tenantColumn])]) {
    if (!known.has(name)) fault(`it has no column ${name}`);
  }
  const { numberColumn } = table;
  if (numberColumn !== undefined && !columns.some(({ name, kind }) => name === numberColumn && kind === 'bigint')) {
    fault(`it has no bigint column ${numberColumn} to number its rows`);
  }
  for (const { name, kind, nullable } of columns) {
    if (!(kind in SQL_TYPES)) fault(`column ${name} is of unknown kind ${kind}`);
    if (nullable && (table.key.includes(name) || name === table.tenantColumn)) fault(`column ${name} may not be empty`);
    if (kind === 'json' && table.key.includes(name)) fault(`column ${name} cannot be part of the key`);
  }
}

function names(columns: readonly string[]): string {
  return columns.map(quoteName).join(', ');
}

/** PostgreSQL cuts names at 63 bytes, and the part that tells them apart is at the end. */
function shortened(name: string): string {
  return name.length <= 63 ? name : name.slice(name.length - 63);
}
