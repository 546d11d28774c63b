import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { reservationsSuite } from '../../../../test/ports/reservations.suite.js';
import { openSystemDatabase } from '../database/index.js';
import { testDatabase, type TestDatabase } from '../database/testing/index.js';
import { systemTimers } from '../time/index.js';
import { PostgresReservationStore, quotaMigrations } from './index.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase({ migrations: [quotaMigrations] });
});
afterAll(() => database.drop());

reservationsSuite('PostgreSQL', async () => {
  await database.system.query('truncate quotas.reservation');
  const pools = [openSystemDatabase(database.systemUrl, { max: 2 }), openSystemDatabase(database.systemUrl, { max: 2 })] as const;
  let opened = 0;
  return {
    process: () => new PostgresReservationStore(pools[(opened += 1) % 2 === 0 ? 0 : 1]),
    pass: (milliseconds) => systemTimers.sleep(milliseconds),
    end: async () => {
      await Promise.all(pools.map((pool) => pool.close()));
    },
  };
});

it('forgets what has been worked off, and nothing else; it is out of every caller’s reach', async () => {
  const store = new PostgresReservationStore(database.system);
  await store.reserve('past', { limit: 1, perMs: 3_600_000 }, 1);
  await store.reserve('coming', { limit: 1, perMs: 3_600_000 }, 1);
  await database.system.query(`update quotas.reservation set free_at = now() - interval '1 second' where key = 'past'`);
  await store.forgetPast();
  expect(await database.system.query(`select key from quotas.reservation where key in ('past', 'coming')`)).toEqual([{ key: 'coming' }]);
  await expect(database.read.readAs('_', (manager) => manager.query('select * from quotas.reservation'))).rejects.toThrow(
    'permission denied',
  );
});
