import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { streamId, type RecordedEvent } from '@kari/kernel';
import { testDatabase, type TestDatabase } from '@kari/platform/database/testing';
import type { ManifestData } from '@kari/protocol/manifest';
import { A } from '../testing/data-room.js';
import { tableRoom, type TableRoom } from '../testing/table-room.js';
import { TableSettling } from './table-settling.reactor.js';
import { tablesMigrations } from './tables.migrations.js';

let database: TestDatabase;
let room: TableRoom;
beforeAll(async () => {
  database = await testDatabase({ migrations: [{ context: 'data', migrations: tablesMigrations }] });
  room = tableRoom(database);
});
afterAll(() => database.drop());

const extension = 'acme.notes';
const data = (version: number, ...fields: string[]): ManifestData => ({
  version,
  collections: { note: { description: 'x', fields: Object.fromEntries(fields.map((name) => [name, { type: 'text' }])) } },
});
const whose = (version: string) => ({ tenant: A, extension, version });
const heard = (type: string, body: Readonly<Record<string, unknown>>) =>
  new TableSettling(room.manager).react({
    type,
    stream: streamId('extension.installation', A, extension),
    data: body,
    meta: { occurredAt: '2999-01-01T00:00:00.000Z' },
  } as unknown as RecordedEvent);
const state = async () =>
  (
    await database.system.query<{ served: string[]; preparing: string | null }>(
      `select served, undo ->> 'version' as preparing from data.table_space`,
    )
  )[0];

it('follows a version from its install over its trial to the one that takes its place, and back', async () => {
  await room.prepare(whose('1.0.0'), data(1, 'a'));
  expect(await state()).toEqual({ served: ['1.0.0'], preparing: '1.0.0' });
  await heard('ExtensionInstalled', { version: '1.0.0' });
  expect(await state()).toEqual({ served: ['1.0.0'], preparing: null });

  await room.prepare(whose('2.0.0'), data(2, 'a', 'b'), '1.0.0');
  await heard('ExtensionUpgraded', { from: '1.0.0', version: '2.0.0', trialUntil: '2026-01-01T00:00:00.000Z' });
  expect(await state()).toEqual({ served: ['1.0.0', '2.0.0'], preparing: null });
  await heard('ExtensionRolledBack', { from: '2.0.0', version: '1.0.0' });
  expect(await state()).toEqual({ served: ['1.0.0'], preparing: null });

  await room.prepare(whose('2.0.0'), data(2, 'a', 'b'), '1.0.0');
  await heard('ExtensionUpgraded', { from: '1.0.0', version: '2.0.0', trialUntil: '2026-01-01T00:00:00.000Z' });
  await heard('ExtensionUpgradeProven', { version: '2.0.0' });
  expect(await state()).toEqual({ served: ['2.0.0'], preparing: null });

  await room.prepare(whose('3.0.0'), data(3, 'a', 'b', 'c'), '2.0.0');
  await heard('ExtensionUpgraded', { from: '2.0.0', version: '3.0.0', trialUntil: null });
  expect(await state()).toEqual({ served: ['3.0.0'], preparing: null });

  await room.prepare(whose('4.0.0'), data(4, 'a', 'b', 'c', 'd'), '3.0.0');
  await heard('ExtensionRemoved', { version: '3.0.0' });
  expect(await state()).toEqual({ served: ['3.0.0'], preparing: null });
});

it('hears of extensions that keep no tables without harm', async () => {
  await database.system.query('delete from data.table_space');
  for (const type of ['ExtensionInstalled', 'ExtensionUpgradeProven', 'ExtensionRemoved']) await heard(type, { version: '1.0.0' });
  await heard('ExtensionRolledBack', { from: '2.0.0', version: '1.0.0' });
  expect(await state()).toBeUndefined();
});
