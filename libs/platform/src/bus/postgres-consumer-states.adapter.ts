// Places and parked messages of consumer groups in PostgreSQL.
import type { SystemDatabase } from '@kari/platform/database';
import type { MigrationSet } from '@kari/platform/registry';
import type { ConsumerStates } from './consumer-states.port.js';

export const busMigrations: MigrationSet = {
  context: 'bus',
  migrations: [
    {
      name: '0001-consumers',
      sql: `
        create table bus.place (
          consumer_group text primary key,
          position bigint not null
        ) with (fillfactor = 10);
        create table bus.parked (
          consumer_group text not null,
          key text collate "C" not null,
          position bigint not null,
          event_id uuid not null,
          attempts integer not null,
          reason text not null,
          parked_at timestamptz not null default now(),
          primary key (consumer_group, key, position)
        );`,
    },
  ],
};

interface ParkedRow {
  readonly key: string;
  readonly position: string;
  readonly event_id: string;
  readonly attempts: number;
  readonly reason: string;
}

export function postgresConsumerStates(database: Pick<SystemDatabase, 'query'>): ConsumerStates {
  return {
    place: async (group) => {
      const [row] = await database.query<{ position: string }>('select position::text from bus.place where consumer_group = $1', [group]);
      return row?.position ?? null;
    },
    keepPlace: async (group, position) => {
      await database.query(
        `insert into bus.place (consumer_group, position) values ($1, $2)
         on conflict (consumer_group) do update set position = greatest(bus.place.position, excluded.position)`,
        [group, position],
      );
    },
    parked: async (group, key) => {
      const rows = await database.query<ParkedRow>(
        `select key, position::text, event_id::text, attempts, reason from bus.parked p
         where consumer_group = $1 and ($2::text is null or key = $2) order by p.position`,
        [group, key ?? null],
      );
      return rows.map(({ event_id: eventId, ...row }) => ({ group, eventId, ...row }));
    },
    park: async ({ group, key, position, eventId, attempts, reason }) => {
      await database.query(
        `insert into bus.parked (consumer_group, key, position, event_id, attempts, reason) values ($1, $2, $3, $4, $5, $6)
         on conflict (consumer_group, key, position) do update set attempts = excluded.attempts, reason = excluded.reason`,
        [group, key, position, eventId, attempts, reason],
      );
    },
    release: async (group, key, position) => {
      await database.query('delete from bus.parked where consumer_group = $1 and key = $2 and position = $3', [group, key, position]);
    },
  };
}
