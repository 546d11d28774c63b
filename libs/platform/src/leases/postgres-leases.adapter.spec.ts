import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { leasesSuite } from '../../../../test/ports/leases.suite.js';
import { openSystemDatabase } from '../database/index.js';
import { testDatabase, type TestDatabase } from '../database/testing/index.js';
import { systemClock, systemIds, systemTimers } from '../time/index.js';
import { leaseMigrations, LeaseLost, PostgresLeases } from './index.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase({ migrations: [leaseMigrations] });
});
afterAll(() => database.drop());

const leasesOf = (system: TestDatabase['system'], heartbeatMs: number) =>
  new PostgresLeases({ database: system, clock: systemClock, timers: systemTimers, ids: systemIds }, { heartbeatMs, expiryMs: 120 });

leasesSuite('PostgreSQL', async () => {
  await database.system.query('truncate leases.lease');
  return {
    worker: () => leasesOf(database.system, 20),
    sleeper: () => leasesOf(database.system, 60_000),
    end: () => Promise.resolve(),
  };
});

describe('leases in PostgreSQL', () => {
  it('holds a takeover off until the guarded transaction has ended (D-15)', async () => {
    const sleeper = leasesOf(database.system, 60_000);
    const other = leasesOf(database.system, 20);
    const lease = await sleeper.acquire('guarded');
    if (lease === null) throw new Error('expected to be free');
    const order: string[] = [];
    let taking: Promise<unknown> = Promise.resolve();
    await database.system.transaction(async (client) => {
      await sleeper.guard(lease, client);
      await systemTimers.sleep(150);
      taking = other.acquire('guarded').then(() => order.push('taken'));
      await systemTimers.sleep(50);
      order.push('written');
    });
    await taking;
    expect(order).toEqual(['written', 'taken']);
    await expect(database.system.transaction((client) => sleeper.guard(lease, client))).rejects.toBeInstanceOf(LeaseLost);
    await Promise.all([sleeper.stop(), other.stop()]);
  });

  it('counts a lease as lost when the database stays out of reach for longer than it lasts', async () => {
    const system = openSystemDatabase(database.systemUrl);
    const leases = leasesOf(system, 20);
    const lease = await leases.acquire('unreachable');
    await system.close();
    await new Promise((resolve) => lease?.signal.addEventListener('abort', resolve, { once: true }));
    await leases.stop();
    expect(lease?.signal.aborted).toBe(true);
  });
});
