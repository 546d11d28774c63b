import type { MigrationSet } from '@kari/platform/registry';

/** Of the set of the context, in the order of the names. */
export const runSnapshotMigrations: MigrationSet['migrations'] = [
  {
    name: '0004-run-snapshot',
    // Read and written by the engine alone. Text, not jsonb: the checksum is over the very characters.
    sql: `
        create table workflow.run_snapshot (
          tenant text not null,
          run uuid not null,
          revision bigint not null,
          event uuid not null,
          version integer not null,
          body text not null,
          checksum uuid not null,
          primary key (tenant, run)
        );`,
  },
];
