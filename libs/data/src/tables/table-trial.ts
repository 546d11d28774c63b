// What an upgrade would meet in the rows that are there: its very steps, done on a copy in a transaction that is always taken back. The tables
// themselves are only read, so that no call of the extension waits for somebody who looks at a plan.
import type { Clock } from '@kari/kernel';
import type { CollectionLayout, Layout } from '@kari/package/rules';
import type { SystemDatabase } from '@kari/platform/database';
import type { PoolClient } from 'pg';
import type { TablePreview, TablesHeld } from '../contract.js';
import { schemaOf } from './schema-name.js';
import { inWords, type Inventory, type Step } from './inventory.rules.js';
import { statementsOf, tableIn } from './schema-statements.js';

interface Question {
  readonly owner: { readonly tenant: string; readonly extension: string };
  /** The lock under which these tables are changed. */
  readonly lock: string;
  readonly space: { readonly schema: string; readonly inventory: Inventory };
  readonly held: TablesHeld;
  readonly steps: readonly Step[];
}

interface Outcome {
  readonly trial: TablePreview['trial'];
  /** Steps that rows stand in the way of. */
  readonly broken: readonly Step[];
}

const MOST_ROWS = 100_000;
const MOST_BYTES = 64 * 1_024 * 1_024;
const TRIAL_MS = 3_000;
const BUSY: Outcome = { trial: 'busy', broken: [] };
/** A lock that is not had, a statement that takes too long, a table that is gone by now. */
const IN_THE_WAY: ReadonlySet<unknown> = new Set(['55P03', '57014', '42P01']);
const RULE_BROKEN: ReadonlySet<unknown> = new Set(['23505', '23503']);

export async function triedOut(database: SystemDatabase, clock: Clock, question: Question): Promise<Outcome> {
  const { space, held, steps } = question;
  if (!steps.some(({ table }) => Object.hasOwn(space.inventory, table))) return { trial: 'not-needed', broken: [] };
  if (held.rows > MOST_ROWS || held.bytes > MOST_BYTES) return { trial: 'too-large', broken: [] };
  try {
    return await database.transaction<never>(async (client) => {
      throw new Over(await onCopy(client, clock, question));
    });
  } catch (error) {
    if (error instanceof Over) return error.outcome;
    if (IN_THE_WAY.has(codeOf(error))) return BUSY;
    throw error;
  }
}

/** What makes the transaction be taken back. */
class Over extends Error {
  constructor(readonly outcome: Outcome) {
    super('tried out');
  }
}

async function onCopy(client: PoolClient, clock: Clock, { owner, lock, space, steps }: Question): Promise<Outcome> {
  const until = clock.now() + TRIAL_MS;
  const { rows } = await client.query<{ alone: boolean; still: boolean }>(
    `select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as alone, pg_try_advisory_xact_lock_shared(hashtextextended($2, 0)) as still`,
    [`trial of ${lock}`, lock],
  );
  if (rows[0]?.alone !== true || rows[0].still !== true) return BUSY;
  await client.query(`set local statement_timeout = ${TRIAL_MS}; set local lock_timeout = ${TRIAL_MS}`);
  const copy = schemaOf({ ...owner, extension: `${owner.extension} on trial` });
  await client.query('select data.make_table_space($1)', [copy]);
  for (const table of Object.keys(space.inventory)) {
    const [from, to] = [tableIn(space.schema, table), tableIn(copy, table)];
    await client.query(`create table ${to} (like ${from} including defaults including indexes); insert into ${to} select * from ${from}`);
    if (clock.now() > until) return BUSY;
  }
  const broken: Step[] = [];
  for (const step of steps) {
    if (!(await isPossible(client, copy, step))) broken.push(step);
    if (clock.now() > until) return BUSY;
  }
  return { trial: broken.length === 0 ? 'passed' : 'broken', broken };
}

async function isPossible(client: PoolClient, copy: string, step: Step): Promise<boolean> {
  await client.query('savepoint step');
  try {
    await client.query(statementsOf(copy, step));
    return true;
  } catch (error) {
    if (!RULE_BROKEN.has(codeOf(error))) throw error;
    await client.query('rollback to savepoint step');
    return false;
  }
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown }).code;
}

/** In the words of the manifest; never a value of a row. */
export function problemOf(step: Step, { collections }: Layout): TablePreview['problems'][number] {
  const [name, collection] = Object.entries(collections).find(([, { table }]) => table === step.table) ?? [step.table, null];
  return {
    code: 'DATA_MIGRATION_FAILED',
    pointer: `/data/collections/${name}`,
    reason: reasonOf(step, name, collection),
    cure: 'Correct those rows with the version that serves, or drop the rule from the new version.',
  };
}

function reasonOf(step: Step, name: string, collection: CollectionLayout | null): string {
  const fieldsOf = (columns: readonly string[]) =>
    columns
      .map((column) => Object.entries(collection?.fields ?? {}).find(([, field]) => field.column === column)?.[0] ?? column)
      .join(', ');
  switch (step.do) {
    case 'create-index':
      return `rows of ${name} share a value of ${fieldsOf(step.index.columns)}`;
    case 'add-reference':
      return `rows of ${name} point by ${fieldsOf([step.reference.column])} to no row`;
    default:
      return `rows of ${name} stand in the way of ${inWords(step)}`;
  }
}
