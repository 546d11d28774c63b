import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { quotasSuite } from '../../../../test/ports/quotas.suite.js';
import { openSystemDatabase } from '../database/index.js';
import { testDatabase, type TestDatabase } from '../database/testing/index.js';
import { systemTimers } from '../time/index.js';
import { PostgresQuotaStore, quotaMigrations } from './index.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase({ migrations: [quotaMigrations] });
});
afterAll(() => database.drop());

quotasSuite('PostgreSQL', async () => {
  await database.system.query('truncate quotas.bucket');
  const pools = [openSystemDatabase(database.systemUrl, { max: 2 }), openSystemDatabase(database.systemUrl, { max: 2 })] as const;
  let opened = 0;
  return {
    process: () => new PostgresQuotaStore(pools[(opened += 1) % 2 === 0 ? 0 : 1]),
    pass: (milliseconds) => systemTimers.sleep(milliseconds),
    end: async () => {
      await Promise.all(pools.map((pool) => pool.close()));
    },
  };
});

it('forgets keys that were quiet for an hour, and no others', async () => {
  const store = new PostgresQuotaStore(database.system);
  const rate = { perSecond: 1, burst: 2 };
  await store.lease('quiet', rate, 1, 1);
  await store.lease('busy', rate, 1, 1);
  await database.system.query(`update quotas.bucket set at = at - interval '61 minutes' where key = 'quiet'`);
  await store.forgetQuiet();
  const rows = await database.system.query<{ key: string }>(`select key from quotas.bucket where key in ('quiet', 'busy')`);
  expect(rows).toEqual([{ key: 'busy' }]);
});

it('is out of every caller’s reach', async () => {
  await expect(database.read.readAs('_', (manager) => manager.query('select * from quotas.bucket'))).rejects.toThrow('permission denied');
});
