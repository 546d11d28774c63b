import { describe, expect, it } from '@jest/globals';
import type { Manifest } from '@kari/protocol/manifest';
import { manifest } from '../testing/stories.js';
import type { Neighbour } from './dependencies.rules.js';
import { after, planOrder, type OrderedAct } from './plan-order.rules.js';

const KARI = '0.1.0';
const pack = (id: string, version = '1.0.0', dependencies: Manifest['dependencies'] = {}) => manifest({ id, version, dependencies });
const present = (of: Manifest, status: Neighbour['status'] = 'enabled'): Neighbour => ({
  extension: of.id,
  version: of.version,
  status,
  manifest: of,
});
const act = (name: OrderedAct['act'], of: Manifest, enabled = name !== 'disable' && name !== 'remove'): OrderedAct => ({
  act: name,
  extension: of.id,
  manifest: of,
  enabled,
});
const order = (operations: readonly OrderedAct[], neighbours: readonly Neighbour[], start: readonly string[]) => {
  const { order: found, stuck } = planOrder(operations, neighbours, start, KARI);
  return {
    order: found.map(({ act: name, extension }) => `${name} ${extension}`),
    stuck: stuck.map(({ operation, reasons }) => `${operation.act} ${operation.extension}: ${reasons.join(' ')}`),
  };
};

const core = pack('acme.core');
const user = pack('acme.user', '1.0.0', { extensions: { 'acme.core': '^1.0.0' } });

describe('the order of a plan', () => {
  it('is that of starting for what comes, and the other way round for what goes', () => {
    expect(order([act('install', user), act('install', core)], [], ['acme.core', 'acme.user']).order).toEqual([
      'install acme.core',
      'install acme.user',
    ]);
    expect(order([act('remove', core), act('remove', user)], [present(core), present(user)], []).order).toEqual([
      'remove acme.user',
      'remove acme.core',
    ]);
    expect(order([act('disable', core), act('disable', user)], [present(core), present(user)], ['acme.core', 'acme.user']).order).toEqual([
      'disable acme.user',
      'disable acme.core',
    ]);
  });
  it('leaves removals to the end, unless they are in the way', () => {
    const old = pack('acme.old');
    const other = pack('acme.other');
    expect(order([act('remove', old), act('install', other)], [present(old)], ['acme.other']).order).toEqual([
      'install acme.other',
      'remove acme.old',
    ]);
    const rival = pack('acme.rival', '1.0.0', { conflicts: { 'acme.old': '*' } });
    expect(order([act('install', rival), act('remove', old)], [present(old)], ['acme.rival']).order).toEqual([
      'remove acme.old',
      'install acme.rival',
    ]);
  });
  it('exchanges versions so that nobody is left behind', () => {
    const next = pack('acme.core', '1.1.0');
    expect(order([act('upgrade', next)], [present(core), present(user)], ['acme.core', 'acme.user']).order).toEqual(['upgrade acme.core']);
    const major = pack('acme.core', '2.0.0');
    const both = pack('acme.user', '1.1.0', { extensions: { 'acme.core': '>=1.0.0' } });
    expect(order([act('upgrade', major), act('upgrade', both)], [present(core), present(user)], ['acme.core', 'acme.user']).order).toEqual([
      'upgrade acme.user',
      'upgrade acme.core',
    ]);
  });
  it('says what stands still where none will do', () => {
    const major = pack('acme.core', '2.0.0');
    const along = pack('acme.user', '2.0.0', { extensions: { 'acme.core': '^2.0.0' } });
    expect(order([act('upgrade', major), act('upgrade', along)], [present(core), present(user)], ['acme.core', 'acme.user'])).toEqual({
      order: [],
      stuck: [
        'upgrade acme.core: acme.user 1.0.0 needs acme.core ^1.0.0.',
        'upgrade acme.user: Install a version of acme.core within ^2.0.0; installed is 1.0.0.',
      ],
    });
  });
});

it('an act leaves the tenant as it says', () => {
  expect(after(act('remove', core), [present(core), present(user)])).toEqual([present(user)]);
  expect(after(act('disable', core), [present(core)])).toEqual([present(core, 'disabled')]);
  expect(after(act('install', core), [])).toEqual([present(core)]);
});
