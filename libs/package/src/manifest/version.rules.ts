// Versions and ranges: all are read as node-semver reads them, none may be understood in two ways.
import type { Manifest } from '@kari/protocol/manifest';
import { covers, intendedVersion, isRange, isVersion, isWithin } from '../resolution/version-range.rules.js';
import { below } from '../schema/pointer.js';
import type { CrossCheck, Report } from './cross-check.js';

export function versionChecks(platform: string): readonly CrossCheck[] {
  return [
    { reads: ['version'], check: ({ version }, report) => checkVersion(version, '/version', report) },
    {
      reads: ['plugins'],
      check: ({ plugins = {} }, report) => {
        for (const [intent, { version }] of Object.entries(plugins))
          checkVersion(version, below(below('/plugins', intent), 'version'), report);
      },
    },
    {
      reads: ['platform'],
      check: ({ platform: range }, report) => {
        if (!checkRange(range, '/platform', report)) return;
        if (covers(range, platform)) return;
        const reason = `it asks for Kari ${range}; this is ${platform}`;
        report(
          'PACKAGE_MANIFEST_PLATFORM',
          '/platform',
          reason,
          `Use a version of the extension for Kari ${platform}, or widen the range after a test.`,
        );
      },
    },
    { reads: ['dependencies', 'id'], check: checkDependencies },
  ];
}

function checkDependencies({ id, dependencies = {} }: Manifest, report: Report): void {
  const { extensions = {}, conflicts = {}, plugins = {} } = dependencies;
  for (const [section, entries] of Object.entries({ extensions, plugins })) {
    for (const [name, entry] of Object.entries(entries)) {
      const at = below(`/dependencies/${section}`, name);
      if (typeof entry === 'string') checkRange(entry, at, report);
      else checkRange(entry.range, below(at, 'range'), report);
    }
  }
  for (const [name, range] of Object.entries(conflicts)) {
    const at = below('/dependencies/conflicts', name);
    const wanted = extensions[name];
    if (!checkRange(range, at, report) || wanted === undefined) continue;
    const wish = typeof wanted === 'string' ? wanted : wanted.range;
    if (!isWithin(wish, range)) continue;
    report(
      'PACKAGE_MANIFEST_DUPLICATE',
      at,
      `every version of ${name} that it depends on is also named as a conflict`,
      'Remove one of the two.',
    );
  }
  for (const section of ['extensions', 'conflicts'] as const) {
    if (dependencies[section]?.[id] === undefined) continue;
    report('PACKAGE_MANIFEST_REFERENCE', below(`/dependencies/${section}`, id), 'an extension cannot name itself here', 'Remove it.', {
      key: true,
    });
  }
}

function checkVersion(version: string, at: string, report: Report): void {
  if (isVersion(version)) return;
  const clean = intendedVersion(version);
  const fix = clean === null ? 'Write three numbers: "1.0.0".' : `Write "${clean}".`;
  report('PACKAGE_MANIFEST_VERSION', at, `"${version}" is not a version`, fix);
}

function checkRange(range: string, at: string, report: Report): boolean {
  if (isRange(range)) return true;
  report('PACKAGE_MANIFEST_VERSION', at, `"${range}" is not a range`, 'Write a range such as "^1.2.0" or ">=1.2.0 <3.0.0".');
  return false;
}
