// The places that all processes share: one row a turn, each queue changed by one at a time.
import { Inject, Injectable } from '@nestjs/common';
import { SYSTEM_DATABASE, type SystemDatabase } from '@kari/platform/database';
import type { PoolClient } from 'pg';
import { admittedFrom, placeFor, type PlaceDecision, type PlaceRow, type PlaceWish } from './place.rules.js';
import type { Places, Queue, Turn } from './places.port.js';

const OPEN = `
  select run, turn, status, places from workflow.place
  where tenant = $1 and queue = $2 and status in ('held', 'waiting') and came < coalesce($3::bigint, 9223372036854775807)
  order by came`;

// A start that was asked for and forgotten on the way comes within a day, or never.
const FORGET = `delete from workflow.place where tenant = $1 and queue = $2 and status = 'left' and changed_at < now() - interval '1 day'`;

@Injectable()
export class PostgresPlaces implements Places {
  constructor(@Inject(SYSTEM_DATABASE) private readonly database: SystemDatabase) {}

  enter(queue: Queue, wish: PlaceWish): Promise<PlaceDecision | { readonly status: 'left' }> {
    return this.alone(queue, async (client) => {
      const [known] = await rows<{ status: PlaceRow['status'] | 'left'; came: string }>(
        client,
        'select status, came from workflow.place where tenant = $1 and queue = $2 and run = $3 and turn = $4',
        [queue.tenant, queue.queue, wish.run, wish.turn],
      );
      if (known?.status === 'left' || known?.status === 'held') return { status: known.status };
      const decision = placeFor(wish, await rows<PlaceRow>(client, OPEN, [queue.tenant, queue.queue, known?.came ?? null]));
      if (decision.status === 'refused') return decision;
      await client.query(
        `insert into workflow.place (tenant, queue, run, turn, places, status) values ($1, $2, $3, $4, $5, $6)
         on conflict (tenant, queue, run, turn) do update set status = excluded.status, changed_at = now()`,
        [queue.tenant, queue.queue, wish.run, wish.turn, wish.places, decision.status],
      );
      return decision;
    });
  }

  leave(queue: Queue, { run, turn }: Turn): Promise<readonly Turn[]> {
    const { tenant, queue: id } = queue;
    return this.alone(queue, async (client) => {
      await client.query(FORGET, [tenant, id]);
      await client.query(
        `insert into workflow.place (tenant, queue, run, turn, places, status) values ($1, $2, $3, $4, 1, 'left')
         on conflict (tenant, queue, run, turn) do update set status = 'left', changed_at = now()`,
        [tenant, id, run, turn],
      );
      const admitted = admittedFrom(await rows<PlaceRow>(client, OPEN, [tenant, id, null]));
      for (const next of admitted) {
        await client.query(
          `update workflow.place set status = 'held', told = false, changed_at = now()
           where tenant = $1 and queue = $2 and run = $3 and turn = $4`,
          [tenant, id, next.run, next.turn],
        );
      }
      return rows<Turn>(
        client,
        `select run, turn from workflow.place where tenant = $1 and queue = $2 and status = 'held' and not told order by came`,
        [tenant, id],
      );
    });
  }

  async told({ tenant, queue }: Queue, turns: readonly Turn[]): Promise<void> {
    for (const { run, turn } of turns) {
      await this.database.query('update workflow.place set told = true where tenant = $1 and queue = $2 and run = $3 and turn = $4', [
        tenant,
        queue,
        run,
        turn,
      ]);
    }
  }

  private alone<T>({ tenant, queue }: Queue, work: (client: PoolClient) => Promise<T>): Promise<T> {
    return this.database.transaction(async (client) => {
      await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`workflow.place ${tenant} ${queue}`]);
      return work(client);
    });
  }
}

async function rows<T extends object>(client: PoolClient, sql: string, parameters: readonly unknown[]): Promise<T[]> {
  const { rows: found } = await client.query<T>(sql, [...parameters]);
  return found;
}
