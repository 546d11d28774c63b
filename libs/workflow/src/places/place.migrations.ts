import type { MigrationSet } from '@kari/platform/registry';

/** Of the set of the context, in the order of the names. */
export const placeMigrations: MigrationSet['migrations'] = [
  {
    name: '0002-place',
    // Read and written by the engine alone: what a tenant may see of it, its runs tell.
    sql: `
        create table workflow.place (
          tenant text not null,
          queue uuid not null,
          run uuid not null,
          turn integer not null,
          places integer not null,
          status text not null check (status in ('held', 'waiting', 'left')),
          told boolean not null default true,
          came bigint generated always as identity,
          changed_at timestamptz not null default now(),
          primary key (tenant, queue, run, turn)
        );
        create index place_open on workflow.place (tenant, queue, came) where status <> 'left';`,
  },
];
