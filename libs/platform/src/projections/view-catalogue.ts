// Which tables a view has and how far each has come: the live one, one being built beside it, one kept for the way back.
import type { Position, Projection } from '@kari/kernel';
import { START } from '@kari/kernel';
import type { PoolClient } from 'pg';
import { quoteName, quoteTable } from '../database/index.js';
import { createTable, shapeOf } from './table-definition.js';

export type ViewStatus = 'live' | 'building' | 'previous';

export interface View {
  readonly projection: string;
  readonly generation: number;
  readonly version: number;
  readonly shape: string;
  readonly status: ViewStatus;
  readonly position: Position;
}

const COLUMNS = 'projection, generation, version, shape, status, position';
const SUFFIX: Readonly<Record<ViewStatus, string>> = { live: '', building: '_v2', previous: '_old' };

export function physicalName(projection: Projection, status: ViewStatus): string {
  return `${projection.table.name}${SUFFIX[status]}`;
}

export async function viewsOf(client: Pick<PoolClient, 'query'>, projection: string): Promise<readonly View[]> {
  return (await client.query<View>(`select ${COLUMNS} from projections.view where projection = $1 order by generation`, [projection])).rows;
}

/** Tables of one view are made and swapped by one at a time, whoever it is; until the transaction ends. */
export async function lockViews(client: PoolClient, projection: string): Promise<void> {
  await client.query("select pg_advisory_xact_lock(hashtextextended('projection ' || $1, 0))", [projection]);
}

/** Whether the view was made by this version of the fold, for a table of this shape. */
export function fits(view: View, projection: Projection): boolean {
  return view.version === projection.version && view.shape === shapeOf(projection.table);
}

/** Makes an empty table and its entry, from the start of the log. */
export async function createView(client: PoolClient, projection: Projection, status: 'live' | 'building'): Promise<View> {
  const { rows } = await client.query<{ generation: number }>(
    'select coalesce(max(generation), 0) + 1 as generation from projections.view where projection = $1',
    [projection.name],
  );
  const generation = rows[0]?.generation ?? 1;
  await client.query(createTable(projection.table, physicalName(projection, status), `g${generation}`));
  const entry = [projection.name, generation, projection.version, shapeOf(projection.table), status, START];
  await client.query(`insert into projections.view (${COLUMNS}) values ($1, $2, $3, $4, $5, $6)`, entry);
  return {
    projection: projection.name,
    generation,
    version: projection.version,
    shape: shapeOf(projection.table),
    status,
    position: START,
  };
}

export async function dropView(client: PoolClient, projection: Projection, status: 'building' | 'previous'): Promise<void> {
  await client.query(`drop table if exists ${quoteTable(physicalName(projection, status))}`);
  await client.query('delete from projections.view where projection = $1 and status = $2', [projection.name, status]);
}

/** The built table takes the live one's name, which is kept for the way back; readers see the one or the other. */
export async function promote(client: PoolClient, projection: Projection, built: View): Promise<void> {
  const found = (await viewsOf(client, projection.name)).find((view) => view.status === 'building');
  if (found?.generation !== built.generation) throw new Error(`the table built for ${projection.name} is not there any more`);
  await dropView(client, projection, 'previous');
  await move(client, projection, 'live', 'previous');
  await move(client, projection, 'building', 'live');
}

/** The way back: live and previous change places. */
export async function exchange(client: PoolClient, projection: Projection): Promise<void> {
  await dropView(client, projection, 'building');
  await move(client, projection, 'live', 'building');
  await move(client, projection, 'previous', 'live');
  await move(client, projection, 'building', 'previous');
}

/** False when the entry is not there any more. */
export async function saveCheckpoint(client: Pick<PoolClient, 'query'>, view: View, position: Position): Promise<boolean> {
  const { rowCount } = await client.query({
    name: 'projection checkpoint',
    text: 'update projections.view set position = $3 where projection = $1 and generation = $2',
    values: [view.projection, view.generation, position],
  });
  return rowCount === 1;
}

export interface PassedStretch {
  readonly view: View;
  /** The checkpoint as this process left it; if it is another one by now, it stays. */
  readonly from: Position;
  readonly to: Position;
}

/**
 * Moves checkpoints on over stretches of the log that held nothing for their views, and tells of which views. A row that somebody else has in hand
 * is left to him: his will be the newer checkpoint.
 */
export async function passStretches(client: Pick<PoolClient, 'query'>, passed: readonly PassedStretch[]): Promise<ReadonlySet<View>> {
  const { rows } = await client.query<{ place: number }>({
    name: 'projection checkpoints',
    text: `with free as (
        select v.projection, v.generation, m.place, m.reached
        from unnest($1::text[], $2::int[], $3::text[], $4::text[]) with ordinality as m (projection, generation, origin, reached, place)
        join projections.view v on v.projection = m.projection and v.generation = m.generation and v.position = m.origin
        for no key update of v skip locked)
      update projections.view v set position = free.reached from free
      where v.projection = free.projection and v.generation = free.generation
      returning free.place::int`,
    values: [
      passed.map(({ view }) => view.projection),
      passed.map(({ view }) => view.generation),
      passed.map(({ from }) => from),
      passed.map(({ to }) => to),
    ],
  });
  return new Set(rows.flatMap(({ place }) => passed[place - 1]?.view ?? []));
}

async function move(client: PoolClient, projection: Projection, from: ViewStatus, to: ViewStatus): Promise<void> {
  const bare = physicalName(projection, to).split('.')[1] ?? '';
  await client.query(`alter table if exists ${quoteTable(physicalName(projection, from))} rename to ${quoteName(bare)}`);
  await client.query('update projections.view set status = $3 where projection = $1 and status = $2', [projection.name, from, to]);
}
