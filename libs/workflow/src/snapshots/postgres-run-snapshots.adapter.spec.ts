import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { testDatabase, type TestDatabase } from '@kari/platform/database/testing';
import { runSnapshotsSuite } from '../../../../test/ports/run-snapshots.suite.js';
import { PostgresRunSnapshots } from './postgres-run-snapshots.adapter.js';
import { runSnapshotMigrations } from './run-snapshot.migrations.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase({ migrations: [{ context: 'workflow', migrations: runSnapshotMigrations }] });
});
afterAll(() => database.drop());

runSnapshotsSuite('PostgreSQL', () =>
  Promise.resolve({ snapshots: new PostgresRunSnapshots(database.system), end: () => Promise.resolve() }),
);

it('are out of every caller’s reach', async () => {
  await expect(database.read.readAs('_', (manager) => manager.query('select * from workflow.run_snapshot'))).rejects.toThrow(
    'permission denied',
  );
});
