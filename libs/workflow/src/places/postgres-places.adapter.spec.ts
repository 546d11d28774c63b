import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { openSystemDatabase } from '@kari/platform/database';
import { testDatabase, type TestDatabase } from '@kari/platform/database/testing';
import { placesSuite } from '../../../../test/ports/places.suite.js';
import { placeMigrations } from './place.migrations.js';
import { PostgresPlaces } from './postgres-places.adapter.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase({ migrations: [{ context: 'workflow', migrations: placeMigrations }] });
});
afterAll(() => database.drop());

placesSuite('PostgreSQL', () => {
  const pools = [openSystemDatabase(database.systemUrl, { max: 2 }), openSystemDatabase(database.systemUrl, { max: 2 })] as const;
  let opened = 0;
  return Promise.resolve({
    process: () => new PostgresPlaces(pools[(opened += 1) % 2 === 0 ? 0 : 1]),
    end: async () => {
      await Promise.all(pools.map((pool) => pool.close()));
    },
  });
});

it('are out of every caller’s reach', async () => {
  await expect(database.read.readAs('_', (manager) => manager.query('select * from workflow.place'))).rejects.toThrow('permission denied');
});
