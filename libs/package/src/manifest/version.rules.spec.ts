import { describe, expect, it } from '@jest/globals';
import type { Manifest } from '@kari/protocol/manifest';
import { changed, reported } from '../testing/manifests.js';
import { versionChecks } from './version.rules.js';

type Change = Parameters<typeof changed>[0];

const of = (change: Change) => reported(versionChecks('0.1.0'), changed(change));

/** Everything that is said to the author, word for word. */
function told(change: Change): readonly (readonly unknown[])[] {
  const found: (readonly unknown[])[] = [];
  for (const { check } of versionChecks('0.1.0')) check(changed(change), (...words) => found.push(words));
  return found;
}

it('the golden manifest has nothing to report', () => expect(of(() => {})).toEqual([]));

it('a manifest without plugins and dependencies has nothing to report', () => {
  const { plugins: _plugins, dependencies: _dependencies, ...least } = changed(() => {});
  expect(reported(versionChecks('0.1.0'), least)).toEqual([]);
  expect(reported(versionChecks('0.1.0'), { ...least, dependencies: {} })).toEqual([]);
});

it('each check names the sections that it reads, so that it is left out when one of them is wrong already', () => {
  for (const { reads, check } of versionChecks('0.1.0')) {
    const read = new Set<string | symbol>();
    const watched = new Proxy<Manifest>(
      changed(() => {}),
      { get: (manifest, section) => (read.add(section), Reflect.get(manifest, section) as unknown) },
    );
    check(watched, () => undefined);
    expect([...reads].sort()).toEqual([...read].sort());
  }
});

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

it.each<[string, Change, readonly string[]]>([
  ['a plugin', (m) => (m.plugins['note.create']!.version = '2'), ['VERSION /plugins/note.create/version']],
  ['an extension', (m) => (m.dependencies.extensions['kari.core'] = 'new'), ['VERSION /dependencies/extensions/kari.core']],
  [
    'an extension that may be missing',
    (m) => (m.dependencies.extensions['acme.search'] = { range: 'new', optional: true }),
    ['VERSION /dependencies/extensions/acme.search/range'],
  ],
  ['another plugin', (m) => (m.dependencies.plugins['time.now'] = 'new'), ['VERSION /dependencies/plugins/time.now']],
  [
    'a plugin that may be missing',
    (m) => (m.dependencies.plugins['acme.search/text.find'] = { range: 'new', optional: true }),
    ['VERSION /dependencies/plugins/acme.search~1text.find/range'],
  ],
  ['a conflict', (m) => (m.dependencies.conflicts['old.notes'] = 'new'), ['VERSION /dependencies/conflicts/old.notes']],
  [
    'a conflict with a dependency, which is then not compared',
    (m) => (m.dependencies.conflicts = { 'kari.core': 'new' }),
    ['VERSION /dependencies/conflicts/kari.core'],
  ],
])('a version or range that cannot be read is found where it stands: %s', (_name, change, found) => {
  expect(of(change)).toEqual(found);
});

it.each<[string, string, readonly string[]]>([
  ['all of what it asks for', '>=1', ['DUPLICATE /dependencies/conflicts/acme.search']],
  ['a part of it', '>=3', []],
  ['what it does not ask for', '<2', []],
])('a conflict with an extension that may be missing, over %s', (_name, range, found) => {
  expect(of((manifest) => (manifest.dependencies.conflicts = { 'acme.search': range }))).toEqual(found);
});

describe('what the author is told', () => {
  it.each<[string, Change, readonly (readonly unknown[])[]]>([
    [
      'a version that can be read one way',
      (m) => (m.version = 'v1.2'),
      [['PACKAGE_MANIFEST_VERSION', '/version', '"v1.2" is not a version', 'Write "1.2.0".']],
    ],
    [
      'a version that cannot be read',
      (m) => (m.version = 'latest'),
      [['PACKAGE_MANIFEST_VERSION', '/version', '"latest" is not a version', 'Write three numbers: "1.0.0".']],
    ],
    [
      'a range that cannot be read',
      (m) => (m.platform = 'newest'),
      [['PACKAGE_MANIFEST_VERSION', '/platform', '"newest" is not a range', 'Write a range such as "^1.2.0" or ">=1.2.0 <3.0.0".']],
    ],
    [
      'another platform',
      (m) => (m.platform = '>=0.2.0'),
      [
        [
          'PACKAGE_MANIFEST_PLATFORM',
          '/platform',
          'it asks for Kari >=0.2.0; this is 0.1.0',
          'Use a version of the extension for Kari 0.1.0, or widen the range after a test.',
        ],
      ],
    ],
    [
      'a conflict with what it depends on',
      (m) => (m.dependencies.conflicts = { 'kari.core': '>=1.0.0' }),
      [
        [
          'PACKAGE_MANIFEST_DUPLICATE',
          '/dependencies/conflicts/kari.core',
          'every version of kari.core that it depends on is also named as a conflict',
          'Remove one of the two.',
        ],
      ],
    ],
    [
      'a dependency on itself, at its key',
      (m) => (m.dependencies.extensions = { 'acme.notes': '9.x' }),
      [
        [
          'PACKAGE_MANIFEST_REFERENCE',
          '/dependencies/extensions/acme.notes',
          'an extension cannot name itself here',
          'Remove it.',
          { key: true },
        ],
      ],
    ],
  ])('%s', (_name, change, words) => {
    expect(told(change)).toEqual(words);
  });
});
