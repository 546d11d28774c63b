// Keys that a projection cannot go on with, and the events that wait behind each. Kept with the rows, in their transactions.
import type { RecordedEvent } from '@kari/kernel';
import type { PoolClient } from 'pg';
import type { Fault, Waiting } from './fold-batch.rules.js';
import type { View } from './view-catalogue.js';

export interface ParkedKey {
  readonly projection: string;
  readonly key: string;
  readonly reason: string;
  /** Of the event at fault. */
  readonly eventType: string;
  readonly tenant: string;
  readonly parkedAt: string;
  readonly waiting: number;
}

export type Wish = 'retry' | 'skip';

/** Where a waiting event stands in the log; its body stays there. */
export interface Place {
  readonly eventId: string;
  readonly stream: RecordedEvent['stream'];
  readonly revision: bigint;
}

type Queryable = Pick<PoolClient, 'query'>;

export async function parkedKeys(client: Queryable, view: View): Promise<Set<string>> {
  const { rows } = await client.query<{ park_key: string }>(
    'select park_key from projections.parked_key where projection = $1 and generation = $2',
    [view.projection, view.generation],
  );
  return new Set(rows.map((row) => row.park_key));
}

export async function park(client: Queryable, view: View, faults: readonly Fault[], waiting: readonly Waiting[]): Promise<void> {
  for (const { parkKey, event, reason } of faults) {
    await client.query(
      `insert into projections.parked_key (projection, generation, park_key, reason, event_type, tenant) values ($1, $2, $3, $4, $5, $6)
       on conflict (projection, generation, park_key) do update set reason = excluded.reason, event_type = excluded.event_type`,
      [view.projection, view.generation, parkKey, reason.replaceAll('\u0000', ''), event.type, event.meta.tenant],
    );
  }
  if (waiting.length === 0) return;
  await client.query(
    `insert into projections.parked_event (projection, generation, park_key, event_id, stream, revision)
     select $1, $2, w.park_key, w.event_id, w.stream, w.revision
     from unnest($3::text[], $4::uuid[], $5::text[], $6::bigint[]) with ordinality as w (park_key, event_id, stream, revision, place) order by w.place`,
    [
      view.projection,
      view.generation,
      waiting.map(({ parkKey }) => parkKey),
      waiting.map(({ event }) => event.id),
      waiting.map(({ event }) => event.stream),
      waiting.map(({ event }) => event.revision.toString()),
    ],
  );
}

export async function waitingBehind(client: Queryable, view: View, parkKey: string): Promise<readonly Place[]> {
  const { rows } = await client.query<{ event_id: string; stream: Place['stream']; revision: string }>(
    `select event_id, stream, revision from projections.parked_event
     where projection = $1 and generation = $2 and park_key = $3 order by sequence`,
    [view.projection, view.generation, parkKey],
  );
  return rows.map((row) => ({ eventId: row.event_id, stream: row.stream, revision: BigInt(row.revision) }));
}

/** Forgets a key with everything behind it: its events are folded, or will be parked anew. */
export async function unpark(client: Queryable, view: View, parkKey: string): Promise<void> {
  await client.query('delete from projections.parked_key where projection = $1 and generation = $2 and park_key = $3', [
    view.projection,
    view.generation,
    parkKey,
  ]);
}

/** Asks whichever worker holds the projection to try again; false when no such key is parked in its live table. */
export async function wish(client: Queryable, projection: string, parkKey: string, what: Wish): Promise<boolean> {
  const { rowCount } = await client.query(
    `update projections.parked_key k set wish = $3 from projections.view v
     where v.projection = k.projection and v.generation = k.generation and v.status = 'live' and k.projection = $1 and k.park_key = $2`,
    [projection, parkKey, what],
  );
  return rowCount === 1;
}

export async function wishes(client: Queryable, view: View): Promise<readonly { readonly parkKey: string; readonly what: Wish }[]> {
  const { rows } = await client.query<{ park_key: string; wish: Wish }>(
    'select park_key, wish from projections.parked_key where projection = $1 and generation = $2 and wish is not null',
    [view.projection, view.generation],
  );
  return rows.map((row) => ({ parkKey: row.park_key, what: row.wish }));
}

/** The key stays parked, with the newest reason. */
export async function wishRefused(client: Queryable, view: View, parkKey: string, reason: string): Promise<void> {
  await client.query(
    'update projections.parked_key set wish = null, reason = $4 where projection = $1 and generation = $2 and park_key = $3',
    [view.projection, view.generation, parkKey, reason.slice(0, 500).replaceAll('\u0000', '')],
  );
}

export async function listParked(client: Queryable, projection: string | null): Promise<readonly ParkedKey[]> {
  const { rows } = await client.query<{
    projection: string;
    park_key: string;
    reason: string;
    event_type: string;
    tenant: string;
    parked_at: Date;
    waiting: string;
  }>(
    `select k.projection, k.park_key, k.reason, k.event_type, k.tenant, k.parked_at,
       (select count(*) from projections.parked_event e
         where e.projection = k.projection and e.generation = k.generation and e.park_key = k.park_key)::text as waiting
     from projections.parked_key k join projections.view v using (projection, generation)
     where v.status = 'live' and ($1::text is null or k.projection = $1) order by k.projection, k.parked_at, k.park_key`,
    [projection],
  );
  return rows.map((row) => ({
    projection: row.projection,
    key: row.park_key,
    reason: row.reason,
    eventType: row.event_type,
    tenant: row.tenant,
    parkedAt: row.parked_at.toISOString(),
    waiting: Number(row.waiting),
  }));
}
