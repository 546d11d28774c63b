import { afterEach, describe, expect, it } from '@jest/globals';
import { manifest, TENANT } from '../testing/stories.js';
import { World } from '../testing/world.js';
import type { PlanChange } from './plan.rules.js';
import { PlanTableQueries } from './plan-tables.queries.js';

const worlds: World[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

const keeper = manifest({
  id: 'acme.keeper',
  data: { version: 1, collections: { note: { description: 'A note.', fields: { a: { type: 'text' } } } } },
});
const install: PlanChange = { act: 'install', extension: 'acme.keeper', range: null, enable: true };

async function opened(): Promise<World> {
  const world = await World.open();
  worlds.push(world);
  for (const one of [keeper, manifest({})]) await world.package(one);
  return world;
}
const tablesOf = (world: World, changes: readonly PlanChange[], caller = world.caller()) =>
  new PlanTableQueries(world.tables, world.snapshot).of(caller, world.planning.preview(TENANT, changes).plan);

describe('the tables of a plan', () => {
  it('are told for each operation in its place, and where there are none it is null', async () => {
    const world = await opened();
    const changes = [install, { ...install, extension: 'acme.notes' }];
    const names = world.planning.preview(TENANT, changes).plan.operations.map(({ extension }) => extension);
    const told = await tablesOf(world, changes);
    expect(told[names.indexOf('acme.keeper')]?.changes).toEqual([
      { act: 'create', collection: 'note', field: null, detail: 'a table of 1 field(s)' },
    ]);
    expect(told[names.indexOf('acme.notes')]).toBeNull();
    expect(world.tables.calls).toEqual([]);
  });

  it('are told of a removal: what it keeps', async () => {
    const world = await opened();
    await world.manager.install({ extension: 'acme.keeper', version: null, consented: [], enable: true }, world.caller());
    await world.until('acme.keeper', 'enabled');
    const told = await tablesOf(world, [{ act: 'remove', extension: 'acme.keeper' }]);
    expect(told.at(-1)).toEqual({ changes: [], problems: [], trial: 'not-needed', rows: 0, bytes: 0 });
  });

  it('are told to nobody who may look at extensions and not at tables', async () => {
    const world = await opened();
    const may = (right: string) => right !== 'table.read';
    const viewer = { ...world.caller(), principal: { id: 'viewer', kind: 'user', may } } as const;
    expect(await tablesOf(world, [install], viewer)).toEqual([null]);
  });
});
