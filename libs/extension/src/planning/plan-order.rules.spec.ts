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
    order: found.map(({ operations: step }) => step.map(({ act: name, extension }) => `${name} ${extension}`).join(' with ')),
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
  describe('exchanges as one what only fits together', () => {
    const major = pack('acme.core', '2.0.0');
    const along = pack('acme.user', '2.0.0', { extensions: { 'acme.core': '^2.0.0' } });
    const start = ['acme.core', 'acme.user'];

    it('where the new one is needed and the old one is, each by the other', () => {
      expect(order([act('upgrade', major), act('upgrade', along)], [present(core), present(user)], start)).toEqual({
        order: ['upgrade acme.core with upgrade acme.user'],
        stuck: [],
      });
      const { order: steps } = planOrder([act('upgrade', major), act('upgrade', along)], [present(core), present(user)], start, KARI);
      expect(steps.map(({ reasons }) => reasons)).toEqual([
        ['acme.user 1.0.0 needs acme.core ^1.0.0.', 'Install a version of acme.core within ^2.0.0; installed is 1.0.0.'],
      ]);
    });
    it('where each refuses the other in its old version', () => {
      const first = pack('acme.core', '2.0.0', { conflicts: { 'acme.user': '<2.0.0' } });
      const second = pack('acme.user', '2.0.0', { conflicts: { 'acme.core': '<2.0.0' } });
      expect(order([act('upgrade', first), act('upgrade', second)], [present(core), present(pack('acme.user'))], start).order).toEqual([
        'upgrade acme.core with upgrade acme.user',
      ]);
    });
    it('also of three, and leaves alone who need not go with them', () => {
      const ring = (id: string, of: string) => pack(id, '2.0.0', { extensions: { [of]: '^2.0.0' } });
      const olds = ['acme.a', 'acme.b', 'acme.c', 'acme.d'].map((id) => present(pack(id)));
      const acts = [ring('acme.a', 'acme.b'), ring('acme.b', 'acme.c'), ring('acme.c', 'acme.a'), ring('acme.d', 'acme.a')];
      const names = ['acme.a', 'acme.b', 'acme.c', 'acme.d'];
      expect(
        order(
          [...acts].reverse().map((of) => act('upgrade', of)),
          olds,
          names,
        ).order,
      ).toEqual(['upgrade acme.a with upgrade acme.b with upgrade acme.c', 'upgrade acme.d']);
    });
    it('after what is new and both of them need', () => {
      const lib = pack('acme.lib');
      const first = pack('acme.core', '2.0.0', { extensions: { 'acme.lib': '^1.0.0', 'acme.user': '^2.0.0' } });
      const second = pack('acme.user', '2.0.0', { extensions: { 'acme.lib': '^1.0.0', 'acme.core': '^2.0.0' } });
      const acts = [act('upgrade', first), act('upgrade', second), act('install', lib)];
      expect(order(acts, [present(core), present(user)], ['acme.lib', ...start]).order).toEqual([
        'install acme.lib',
        'upgrade acme.core with upgrade acme.user',
      ]);
    });
    it('before what bears only the new ones', () => {
      const late = pack('acme.late', '1.0.0', { extensions: { 'acme.core': '^2.0.0', 'acme.user': '^2.0.0' } });
      const acts = [act('install', late), act('upgrade', major), act('upgrade', along)];
      expect(order(acts, [present(core), present(user)], [...start, 'acme.late']).order).toEqual([
        'upgrade acme.core with upgrade acme.user',
        'install acme.late',
      ]);
    });
  });
  it('says what stands still where none will do, not even together', () => {
    const fresh = pack('acme.fresh', '1.0.0', { extensions: { 'acme.core': '^2.0.0' } });
    const major = pack('acme.core', '2.0.0', { extensions: { 'acme.fresh': '^1.0.0' } });
    expect(order([act('install', fresh), act('upgrade', major)], [present(core)], ['acme.core', 'acme.fresh'])).toEqual({
      order: [],
      stuck: [
        'upgrade acme.core: Install and enable acme.fresh ^1.0.0, which acme.core needs.',
        'install acme.fresh: Install a version of acme.core within ^2.0.0; installed is 1.0.0.',
      ],
    });
    const refusing = pack('acme.user', '2.0.0', { conflicts: { 'acme.core': '*' } });
    expect(order([act('upgrade', refusing), act('remove', core)], [present(core), present(user)], []).stuck).toEqual([
      'upgrade acme.user: Remove acme.core 1.0.0: it and acme.user cannot be installed side by side.',
      'remove acme.core: acme.user needs acme.core.',
    ]);
  });
});

it('an act leaves the tenant as it says', () => {
  expect(after(act('remove', core), [present(core), present(user)])).toEqual([present(user)]);
  expect(after(act('disable', core), [present(core)])).toEqual([present(core, 'disabled')]);
  expect(after(act('install', core), [])).toEqual([present(core)]);
});
