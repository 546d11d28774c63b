// Judged requests as SQL. Values go in as parameters, names were made by the platform: nothing that an extension wrote is part of a text.
import type { Asked, FieldLayout, Filter, JudgedAggregate, JudgedFind, Measure, OrderKey } from '@kari/package/rules';
import { queryLimits } from '@kari/package/rules';
import { quoteName } from '@kari/platform/database';
import { storageOf } from './inventory.rules.js';
import { tableIn } from './schema-statements.js';

export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** What is read of a row: alias `f<place>` and how its value is written out. */
export interface Read {
  readonly column: string;
  readonly type: FieldLayout['type'];
  readonly sealed: boolean;
}

const LIFE = ['id', 'version', 'owner', 'bytes'].map(quoteName).join(', ');
const COMPARED = { eq: '=', ne: 'is distinct from', lt: '<', lte: '<=', gt: '>', gte: '>=' } as const;

class Parameters {
  readonly values: unknown[] = [];

  add(value: unknown, as: string): string {
    this.values.push(value);
    return `$${this.values.length}::${as}`;
  }
}

export function findStatement(schema: string, table: string, fields: readonly Read[], query: JudgedFind): Statement {
  const parameters = new Parameters();
  const conditions = [
    conditionOf(query.where, parameters),
    ...(query.after === null ? [] : [behind(query.order, query.after, parameters)]),
  ];
  const order = query.order
    .map(({ asked, descending }) => `t.${quoteName(asked.column)} ${descending ? 'desc' : 'asc'} nulls last`)
    .join(', ');
  const inner = `select ${rowColumns(fields)}, row_number() over (order by ${order}) as place
    from ${tableIn(schema, table)} t where ${conditions.join(' and ')} order by ${order} limit ${parameters.add(query.limit + 1, 'int')}`;
  const text = `select * from (
      select page.*, count(*) over () as found, sum(page.bytes) over (order by page.place) as running from (${inner}) page
    ) answer where answer.place <= ${parameters.add(query.limit, 'bigint')} and answer.running - answer.bytes < ${parameters.add(queryLimits.answerBytes, 'bigint')}
    order by answer.place`;
  return { text, values: parameters.values };
}

export function getStatement(schema: string, table: string, fields: readonly Read[], id: string, lock: boolean): Statement {
  return {
    text: `select ${rowColumns(fields)} from ${tableIn(schema, table)} where id = $1::uuid${lock ? ' for update' : ''}`,
    values: [id],
  };
}

export function countStatement(schema: string, table: string, where: Filter): Statement {
  const parameters = new Parameters();
  const condition = conditionOf(where, parameters);
  return { text: `select count(*) as found from ${tableIn(schema, table)} where ${condition}`, values: parameters.values };
}

/** One group more than an answer holds: to know whether there are. */
export function aggregateStatement(schema: string, table: string, { where, groups, measures }: JudgedAggregate): Statement {
  const parameters = new Parameters();
  const condition = conditionOf(where, parameters);
  const by = groups.map(({ column }) => quoteName(column));
  const columns = [
    ...groups.map(({ column, shape }, place) => `${written(quoteName(column), shape.type)} as g${place}`),
    ...measures.map((measure, place) => `${measured(measure)} as m${place}`),
  ];
  const grouped =
    by.length === 0
      ? ''
      : ` group by ${by.join(', ')} order by ${by.map((name) => `${name} asc nulls last`).join(', ')} limit ${queryLimits.groups + 1}`;
  return { text: `select ${columns.join(', ')} from ${tableIn(schema, table)} where ${condition}${grouped}`, values: parameters.values };
}

export interface RowToWrite {
  readonly id: string;
  readonly bytes: number;
  readonly at: string;
  /** Column → its value, as the wire carries it or sealed. */
  readonly values: readonly (Read & { readonly value: unknown })[];
}

export function insertStatement(schema: string, table: string, row: RowToWrite, tenant: string, owner: string | null): Statement {
  const parameters = new Parameters();
  const life = [
    ['id', parameters.add(row.id, 'uuid')],
    ['tenant', parameters.add(tenant, 'uuid')],
    ['owner', parameters.add(owner, 'text')],
    ['version', '1'],
    ['bytes', parameters.add(row.bytes, 'int')],
    ['created_at', parameters.add(row.at, 'timestamptz')],
    ['updated_at', parameters.add(row.at, 'timestamptz')],
  ] as const;
  const all = [...life, ...row.values.map((one) => [one.column, stored(one, parameters)] as const)];
  const text = `insert into ${tableIn(schema, table)} (${all.map(([name]) => quoteName(name)).join(', ')}) values (${all.map(([, value]) => value).join(', ')})`;
  return { text, values: parameters.values };
}

export function updateStatement(schema: string, table: string, row: RowToWrite): Statement {
  const parameters = new Parameters();
  const sets = [
    'version = version + 1',
    `bytes = ${parameters.add(row.bytes, 'int')}`,
    `updated_at = ${parameters.add(row.at, 'timestamptz')}`,
    ...row.values.map((one) => `${quoteName(one.column)} = ${stored(one, parameters)}`),
  ];
  const text = `update ${tableIn(schema, table)} set ${sets.join(', ')} where id = ${parameters.add(row.id, 'uuid')} returning version`;
  return { text, values: parameters.values };
}

export function deleteStatement(schema: string, table: string, id: string): Statement {
  return { text: `delete from ${tableIn(schema, table)} where id = $1::uuid`, values: [id] };
}

/** Whether a row is there for the one who points to it: the key alone would accept one that somebody else owns. */
export function visibleStatement(schema: string, table: string, id: unknown): Statement {
  return { text: `select 1 from ${tableIn(schema, table)} where id = $1::uuid`, values: [id] };
}

function rowColumns(fields: readonly Read[]): string {
  return [
    LIFE,
    ...(['created_at', 'updated_at'] as const).map((name) => `${written(quoteName(name), 'timestamp')} as ${name}`),
    ...fields.map(({ column, type, sealed }, place) => `${sealed ? quoteName(column) : written(quoteName(column), type)} as f${place}`),
  ].join(', ');
}

function written(expression: string, type: FieldLayout['type']): string {
  if (type === 'date') return `to_char(${expression}, 'YYYY-MM-DD')`;
  if (type === 'timestamp') return `to_char(${expression} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
  return expression;
}

function measured(measure: Measure): string {
  if (measure.what === 'count') return 'count(*)';
  const { column, shape } = measure.asked;
  const of = quoteName(column);
  if (measure.what === 'sum') return `sum(${of})::double precision`;
  if (measure.what === 'avg') return `sum(${of})::double precision / nullif(count(${of}), 0)`;
  return written(`${measure.what}(${of})`, shape.type);
}

function stored({ type, sealed, value }: RowToWrite['values'][number], parameters: Parameters): string {
  const as = storageOf({ type, sealed });
  if (value === null || sealed) return parameters.add(value, as);
  if (type === 'json') return parameters.add(JSON.stringify(value), as);
  return parameters.add(type === 'bytes' ? Buffer.from(value as string, 'base64') : value, as);
}

function conditionOf(filter: Filter, parameters: Parameters): string {
  switch (filter.is) {
    case 'all':
    case 'any':
      if (filter.of.length === 0) return filter.is === 'all' ? 'true' : 'false';
      return `(${filter.of.map((one) => conditionOf(one, parameters)).join(filter.is === 'all' ? ' and ' : ' or ')})`;
    case 'not':
      // Unknown is no to the caller: not unknown is yes.
      return `not coalesce(${conditionOf(filter.of, parameters)}, false)`;
    case 'null':
      return `${quoteName(filter.asked.column)} is ${filter.wanted ? '' : 'not '}null`;
    case 'in':
      return `${quoteName(filter.asked.column)} = any(${parameters.add([...filter.values], `${castOf(filter.asked)}[]`)})`;
    case 'matched': {
      const text = parameters.add(filter.text, 'text');
      const of = quoteName(filter.asked.column);
      return filter.how === 'startsWith' ? `starts_with(${of}, ${text})` : `strpos(${of}, ${text}) > 0`;
    }
    case 'compared':
      return `${quoteName(filter.asked.column)} ${COMPARED[filter.how]} ${parameters.add(filter.value, castOf(filter.asked))}`;
  }
}

/** Behind the row with these values: at the first key that differs, in its direction; what has no value stands last. */
function behind(order: readonly OrderKey[], values: readonly unknown[], parameters: Parameters): string {
  const alternatives = order.map((key, place) => {
    const same = order.slice(0, place).map(({ asked }, before) => equal(asked, values[before], parameters));
    return [...same, further(key, values[place], parameters)].join(' and ');
  });
  return `(${alternatives.map((one) => `(${one})`).join(' or ')})`;
}

function equal(asked: Asked, value: unknown, parameters: Parameters): string {
  const of = quoteName(asked.column);
  return value === null ? `${of} is null` : `${of} = ${parameters.add(value, castOf(asked))}`;
}

function further({ asked, descending }: OrderKey, value: unknown, parameters: Parameters): string {
  if (value === null) return 'false';
  const of = quoteName(asked.column);
  return `(${of} ${descending ? '<' : '>'} ${parameters.add(value, castOf(asked))} or ${of} is null)`;
}

function castOf({ shape }: Asked): string {
  return storageOf({ type: shape.type, sealed: false });
}
