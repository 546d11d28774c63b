import type { MigrationSet } from '../registry/index.js';

export const projectionMigrations: MigrationSet = {
  context: 'projections',
  migrations: [
    {
      name: '0001-view',
      // One row per table of a view: the live one, at most one that is being built, at most one kept for the way back. A position is opaque.
      sql: `
        create table projections.view (
          projection text not null,
          generation integer not null,
          version integer not null,
          shape text not null,
          status text not null check (status in ('live', 'building', 'previous')),
          position text not null,
          primary key (projection, generation),
          unique (projection, status) deferrable initially deferred
        );`,
    },
    {
      name: '0002-parked',
      // Of a parked event only its place in the log is kept: its body may hold what must stay encrypted or be erased there.
      sql: `
        create table projections.parked_key (
          projection text not null,
          generation integer not null,
          park_key text not null,
          reason text not null,
          event_type text not null,
          tenant text not null,
          parked_at timestamptz not null default now(),
          wish text check (wish in ('retry', 'skip')),
          primary key (projection, generation, park_key),
          foreign key (projection, generation) references projections.view on delete cascade
        );
        create table projections.parked_event (
          projection text not null,
          generation integer not null,
          park_key text not null,
          sequence bigint generated always as identity,
          event_id uuid not null,
          stream text not null,
          revision bigint not null,
          primary key (projection, generation, park_key, sequence),
          foreign key (projection, generation, park_key) references projections.parked_key on delete cascade
        );`,
    },
  ],
};
