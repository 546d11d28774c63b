// What reactions keep in the database: how far each has come, the states of processes, and the processes that cannot go on.
import { START, type Position, type RecordedEvent } from '@kari/kernel';
import type { PoolClient } from 'pg';

type Queryable = Pick<PoolClient, 'query'>;

export type ReactionWish = 'retry' | 'skip';

export interface ParkedProcess {
  readonly manager: string;
  readonly process: string;
  readonly reason: string;
  /** Of the event at fault. */
  readonly eventType: string;
  readonly tenant: string;
  readonly parkedAt: string;
  readonly waiting: number;
}

export async function loadCheckpoint(client: Queryable, name: string): Promise<Position> {
  const { rows } = await client.query<{ position: Position }>('select position from reactions.checkpoint where name = $1', [name]);
  return rows[0]?.position ?? START;
}

export async function saveCheckpoint(client: Queryable, name: string, position: Position): Promise<void> {
  await client.query(
    'insert into reactions.checkpoint (name, position) values ($1, $2) on conflict (name) do update set position = excluded.position',
    [name, position],
  );
}

/** Undefined when the process has not begun, or has come back to its initial state. */
export async function loadState(client: Queryable, manager: string, process: string): Promise<unknown> {
  const found = await client.query<{ state: unknown }>('select state from reactions.process where manager = $1 and process = $2', [
    manager,
    process,
  ]);
  return found.rows[0]?.state;
}

export async function saveState(client: Queryable, manager: string, process: string, state: unknown): Promise<void> {
  await client.query(
    'insert into reactions.process (manager, process, state) values ($1, $2, $3) on conflict (manager, process) do update set state = excluded.state',
    [manager, process, JSON.stringify(state)],
  );
}

export async function deleteState(client: Queryable, manager: string, process: string): Promise<void> {
  await client.query('delete from reactions.process where manager = $1 and process = $2', [manager, process]);
}

export async function isParked(client: Queryable, manager: string, process: string): Promise<boolean> {
  return (
    (await client.query('select 1 from reactions.parked_process where manager = $1 and process = $2', [manager, process])).rowCount === 1
  );
}

/** Parks the process, or renews the reason; a null reason only queues the event behind it. */
export async function park(
  client: Queryable,
  manager: string,
  process: string,
  event: RecordedEvent,
  reason: string | null,
): Promise<void> {
  if (reason !== null) {
    await client.query(
      `insert into reactions.parked_process (manager, process, reason, event_type, tenant) values ($1, $2, $3, $4, $5)
       on conflict (manager, process) do update set reason = excluded.reason, event_type = excluded.event_type, wish = null`,
      [manager, process, reason.slice(0, 500).replaceAll('\u0000', ''), event.type, event.meta.tenant],
    );
  }
  await client.query('insert into reactions.parked_event (manager, process, stream, revision) values ($1, $2, $3, $4)', [
    manager,
    process,
    event.stream,
    event.revision.toString(),
  ]);
}

export interface WaitingEvent {
  readonly sequence: string;
  readonly stream: RecordedEvent['stream'];
  readonly revision: bigint;
}

export async function waitingBehind(client: Queryable, manager: string, process: string): Promise<readonly WaitingEvent[]> {
  const { rows } = await client.query<{ sequence: string; stream: WaitingEvent['stream']; revision: string }>(
    'select sequence, stream, revision from reactions.parked_event where manager = $1 and process = $2 order by sequence',
    [manager, process],
  );
  return rows.map((row) => ({ ...row, revision: BigInt(row.revision) }));
}

export async function forgetWaiting(client: Queryable, manager: string, process: string, sequence: string): Promise<void> {
  await client.query('delete from reactions.parked_event where manager = $1 and process = $2 and sequence = $3', [
    manager,
    process,
    sequence,
  ]);
}

export async function unpark(client: Queryable, manager: string, process: string): Promise<void> {
  await client.query('delete from reactions.parked_process where manager = $1 and process = $2', [manager, process]);
}

/** False when no such process is parked. */
export async function wish(client: Queryable, manager: string, process: string, what: ReactionWish): Promise<boolean> {
  const sql = 'update reactions.parked_process set wish = $3 where manager = $1 and process = $2';
  return (await client.query(sql, [manager, process, what])).rowCount === 1;
}

/** The wish is spent; the reason is the newest one. */
export async function wishRefused(client: Queryable, manager: string, process: string, reason: string): Promise<void> {
  const sql = 'update reactions.parked_process set wish = null, reason = $3 where manager = $1 and process = $2';
  await client.query(sql, [manager, process, reason.slice(0, 500).replaceAll('\u0000', '')]);
}

export async function wishes(
  client: Queryable,
  manager: string,
): Promise<readonly { readonly process: string; readonly wish: ReactionWish }[]> {
  const sql = 'select process, wish from reactions.parked_process where manager = $1 and wish is not null';
  return (await client.query<{ process: string; wish: ReactionWish }>(sql, [manager])).rows;
}

export async function listParked(client: Queryable): Promise<readonly ParkedProcess[]> {
  const { rows } = await client.query<{
    manager: string;
    process: string;
    reason: string;
    event_type: string;
    tenant: string;
    parked_at: Date;
    waiting: string;
  }>(
    `select p.*, (select count(*) from reactions.parked_event e where e.manager = p.manager and e.process = p.process)::text as waiting
     from reactions.parked_process p order by manager, parked_at, process`,
  );
  return rows.map(({ manager, process, reason, event_type, tenant, parked_at, waiting }) => ({
    manager,
    process,
    reason,
    eventType: event_type,
    tenant,
    parkedAt: parked_at.toISOString(),
    waiting: Number(waiting),
  }));
}
