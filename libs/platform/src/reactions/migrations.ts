import type { MigrationSet } from '../registry/index.js';

export const reactionMigrations: MigrationSet = {
  context: 'reactions',
  migrations: [
    {
      name: '0001-reactions',
      // A process's state is a fold of its events, kept beside the checkpoint so that a restart needs no replay. Of a parked event only its
      // place in the log is kept.
      sql: `
        create table reactions.checkpoint (name text primary key, position text not null);
        create table reactions.process (
          manager text not null,
          process text not null,
          state jsonb not null,
          primary key (manager, process)
        );
        create table reactions.parked_process (
          manager text not null,
          process text not null,
          reason text not null,
          event_type text not null,
          tenant text not null,
          parked_at timestamptz not null default now(),
          wish text check (wish in ('retry', 'skip')),
          primary key (manager, process)
        );
        create table reactions.parked_event (
          manager text not null,
          process text not null,
          sequence bigint generated always as identity,
          stream text not null,
          revision bigint not null,
          primary key (manager, process, sequence),
          foreign key (manager, process) references reactions.parked_process on delete cascade
        );`,
    },
  ],
};
