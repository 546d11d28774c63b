import { describe, expect, it } from '@jest/globals';
import type { Manifest } from '@kari/protocol/manifest';
import { manifest } from '../testing/stories.js';
import { dependentObstacles, dependentsOf, mayResolve, obstaclesOf, type Neighbour } from './dependencies.rules.js';

const KARI = '0.1.0';
const contract = { description: 'd', version: '1.2.0', input: true, output: true, effect: 'none', idempotent: true } as const;

function neighbour(id: string, version: string, status: Neighbour['status'] = 'enabled', more: Partial<Manifest> = {}): Neighbour {
  return { extension: id, version, status, manifest: manifest({ id, version, ...more }) };
}
const core = (status: Neighbour['status'] = 'enabled', version = '2.1.0') => neighbour('acme.core', version, status);
const needing = (dependencies: Manifest['dependencies']): Manifest => manifest(dependencies === undefined ? {} : { dependencies });
const kinds = (of: Manifest, ...neighbours: Neighbour[]) => obstaclesOf(of, neighbours, KARI).map(({ kind, id }) => `${kind} ${id}`);

describe('what stands in the way of an extension', () => {
  const needsCore = needing({ extensions: { 'acme.core': '^2.0.0' } });

  it('is nothing when nothing is needed', () => expect(kinds(manifest())).toEqual([]));
  it('is each dependency that is missing, disabled or of another version', () => {
    expect(kinds(needsCore)).toEqual(['missing acme.core']);
    expect(kinds(needsCore, core('disabled'))).toEqual(['disabled acme.core']);
    expect(kinds(needsCore, core('failed'))).toEqual(['missing acme.core']);
    expect(kinds(needsCore, core('enabled', '1.9.0'))).toEqual(['version acme.core']);
    expect(kinds(needsCore, core())).toEqual([]);
  });
  it('says what cures it', () => {
    const [obstacle] = obstaclesOf(needsCore, [core('enabled', '1.9.0')], KARI);
    expect(obstacle?.cure).toBe('Install a version of acme.core within ^2.0.0; installed is 1.9.0.');
  });
  it('names every one at once', () => {
    const greedy = needing({ extensions: { 'acme.core': '^2.0.0', 'acme.more': '*' }, plugins: { 'time.now': '^1.0.0' } });
    expect(kinds(greedy)).toEqual(['missing acme.core', 'missing acme.more', 'plugin time.now']);
  });
  it('lets optional ones be absent or disabled, but not wrong', () => {
    const wishing = needing({ extensions: { 'acme.core': { range: '^2.0.0', optional: true } } });
    expect(kinds(wishing)).toEqual([]);
    expect(kinds(wishing, core('disabled'))).toEqual([]);
    expect(kinds(wishing, core('enabled', '1.0.0'))).toEqual(['version acme.core']);
  });
  it('is a conflict, whoever of the two names it', () => {
    expect(kinds(needing({ conflicts: { 'acme.core': '2.x' } }), core())).toEqual(['conflict acme.core']);
    expect(kinds(needing({ conflicts: { 'acme.core': '1.x' } }), core())).toEqual([]);
    const hostile = neighbour('acme.rival', '1.0.0', 'disabled', { dependencies: { conflicts: { 'acme.notes': '*' } } });
    expect(kinds(manifest(), hostile)).toEqual(['conflict acme.rival']);
  });
  it('is a plugin contract that nobody enabled provides', () => {
    const clock = (status: Neighbour['status']) => neighbour('acme.clock', '5.0.0', status, { plugins: { 'time.now': contract } });
    const anyClock = needing({ plugins: { 'time.now': '^1.0.0' } });
    expect(kinds(anyClock, clock('disabled'))).toEqual(['plugin time.now']);
    expect(kinds(anyClock, clock('enabled'))).toEqual([]);
    expect(kinds(needing({ plugins: { 'acme.clock/time.now': '^1.0.0' } }), clock('enabled'))).toEqual([]);
    expect(kinds(needing({ plugins: { 'acme.other/time.now': '^1.0.0' } }), clock('enabled'))).toEqual(['plugin acme.other/time.now']);
    expect(kinds(needing({ plugins: { 'time.now': '^2.0.0' } }), clock('enabled'))).toEqual(['plugin time.now']);
  });
  it('is a platform out of its range', () => expect(kinds(manifest({ platform: '>=3.0.0' }))).toEqual(['platform kari']));
});

describe('an obstacle that passes by itself', () => {
  it('is one whose cure is being installed', () => {
    const needsCore = needing({ extensions: { 'acme.core': '^2.0.0' } });
    const waiting = [core('installing')];
    expect(mayResolve(obstaclesOf(needsCore, waiting, KARI), waiting)).toBe(true);
    expect(mayResolve(obstaclesOf(needsCore, [], KARI), [])).toBe(false);
    const resting = [core('disabled')];
    expect(mayResolve(obstaclesOf(needsCore, resting, KARI), resting)).toBe(false);
  });
});

describe('dependents', () => {
  const report = (status: Neighbour['status']) =>
    neighbour('acme.report', '1.0.0', status, { dependencies: { extensions: { 'acme.core': '*' } } });

  it('are those that need it and are enabled, or installed at all', () => {
    expect(dependentsOf('acme.core', [core(), report('enabled')], 'enabled')).toEqual(['acme.report']);
    expect(dependentsOf('acme.core', [core(), report('disabled')], 'enabled')).toEqual([]);
    expect(dependentsOf('acme.core', [core(), report('disabled')], 'installed')).toEqual(['acme.report']);
    expect(dependentsOf('acme.core', [core(), report('failed')], 'installed')).toEqual([]);
  });
  it('are those whose plugin nobody else provides', () => {
    const clock = neighbour('acme.clock', '1.0.0', 'enabled', { plugins: { 'time.now': contract } });
    const second = neighbour('acme.second', '1.0.0', 'enabled', { plugins: { 'time.now': contract } });
    const user = neighbour('acme.user', '1.0.0', 'enabled', { dependencies: { plugins: { 'time.now': '^1.0.0' } } });
    expect(dependentsOf('acme.clock', [clock, user], 'enabled')).toEqual(['acme.user']);
    expect(dependentsOf('acme.clock', [clock, second, user], 'enabled')).toEqual([]);
  });
});

describe('who could not live with another version', () => {
  const newer = manifest({ id: 'acme.core', version: '3.0.0' });
  const report = (range: string, optional = false) =>
    neighbour('acme.report', '1.0.0', 'disabled', { dependencies: { extensions: { 'acme.core': { range, optional } } } });

  it('is named with the cure, disabled or not', () => {
    expect(dependentObstacles(newer, [core(), report('^2.0.0')])).toEqual([
      {
        kind: 'dependent',
        id: 'acme.report',
        needed: '^2.0.0',
        found: '3.0.0',
        cure: 'Change acme.report to a version that works with acme.core 3.0.0, or remove it: it needs ^2.0.0.',
      },
    ]);
  });
  it('is nobody who takes the new one, can do without, or lacks the old one already', () => {
    for (const other of [report('>=2.0.0'), report('^2.0.0', true), report('^1.0.0')]) {
      expect(dependentObstacles(newer, [core(), other])).toEqual([]);
    }
  });
});
