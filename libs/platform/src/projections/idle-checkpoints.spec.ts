import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { testDatabase, type TestDatabase } from '../database/testing/index.js';
import { systemTimers } from '../time/index.js';
import { IdleCheckpoints } from './idle-checkpoints.js';
import { projectionMigrations } from './index.js';
import { viewsOf, type View } from './view-catalogue.js';

let database: TestDatabase;
let checkpoints: IdleCheckpoints;

beforeAll(async () => {
  database = await testDatabase({ migrations: [projectionMigrations], schemas: [] });
});
afterAll(() => database.drop());
beforeEach(async () => {
  await database.system.query('truncate projections.view cascade');
  checkpoints = new IdleCheckpoints({ database: database.system, timers: systemTimers });
});

async function view(projection: string, position: string): Promise<View> {
  const entry = [projection, 1, 1, 'shape', 'live', position];
  await database.system.query(
    'insert into projections.view (projection, generation, version, shape, status, position) values ($1, $2, $3, $4, $5, $6)',
    entry,
  );
  return (await viewsOf(database.system.pool, projection))[0] as View;
}
const stored = async (projection: string): Promise<string | undefined> => (await viewsOf(database.system.pool, projection))[0]?.position;

it('are written for many views at once', async () => {
  const [one, other] = [checkpoints.follow(await view('a', '5')), checkpoints.follow(await view('b', '6'))];
  for (const checkpoint of [one, other]) {
    checkpoint.reached = '9';
    checkpoints.passed(checkpoint);
  }
  await checkpoints.leave(one);
  expect([await stored('a'), await stored('b'), one.stored, other.stored]).toEqual(['9', '9', '9', '9']);
});

it('are written by themselves after a while', async () => {
  const checkpoint = checkpoints.follow(await view('a', '5'));
  checkpoint.reached = '6';
  checkpoints.passed(checkpoint);
  while (checkpoint.stored !== '6') await systemTimers.sleep(5);
  expect(await stored('a')).toBe('6');
});

it('never put back what somebody else has written since (D-10)', async () => {
  const checkpoint = checkpoints.follow(await view('a', '5'));
  checkpoint.reached = '7';
  checkpoints.passed(checkpoint);
  await database.system.query("update projections.view set position = '9'");
  await checkpoints.leave(checkpoint);
  expect([await stored('a'), checkpoint.stored]).toEqual(['9', '5']);
});

it('wait for nobody who has a row in hand, and come back to it', async () => {
  const [held, free] = [checkpoints.follow(await view('a', '5')), checkpoints.follow(await view('b', '5'))];
  await database.system.transaction(async (client) => {
    await client.query("select 1 from projections.view where projection = 'a' for update");
    for (const checkpoint of [held, free]) {
      checkpoint.reached = '6';
      checkpoints.passed(checkpoint);
    }
    while (free.stored !== '6') await systemTimers.sleep(5);
    expect(held.stored).toBe('5');
  });
  while (held.stored !== '6') await systemTimers.sleep(5);
  expect(await stored('a')).toBe('6');
});
