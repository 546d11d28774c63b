import { expect, it } from '@jest/globals';
import { changed, reported } from '../testing/manifests.js';
import { versionChecks } from './version.rules.js';

const of = (change: Parameters<typeof changed>[0]) => reported(versionChecks('0.1.0'), changed(change));

it('the golden manifest has nothing to report', () => expect(of(() => {})).toEqual([]));

it.each(['1', '1.2', 'v1.2.3', '1.2.3.4', ' 1.2.3', '01.2.3', 'latest'])('%j is no version', (version) => {
  expect(of((manifest) => (manifest.version = version))).toEqual(['VERSION /version']);
});

it.each(['1.2.3', '0.0.1', '1.0.0-beta.1', '1.0.0+build.5'])('%s is a version', (version) => {
  // Build metadata takes no part in precedence: two packages that differ only there would be one version.
  expect(of((manifest) => (manifest.version = version))).toEqual(version.includes('+') ? ['VERSION /version'] : []);
});

it('a range that nobody can read is refused, and the platform is compared', () => {
  expect(of((manifest) => (manifest.platform = 'newest'))).toEqual(['VERSION /platform']);
  expect(of((manifest) => (manifest.platform = '>=0.2.0'))).toEqual(['PLATFORM /platform']);
});

it('a dependency that is a conflict too, or the extension itself, is refused', () => {
  expect(of((manifest) => (manifest.dependencies.conflicts = { 'kari.core': '>=1.0.0' }))).toEqual([
    'DUPLICATE /dependencies/conflicts/kari.core',
  ]);
  expect(of((manifest) => (manifest.dependencies.conflicts = { 'kari.core': '<1.0.0', 'acme.notes': '1.x' }))).toEqual([
    'REFERENCE /dependencies/conflicts/acme.notes',
  ]);
});
