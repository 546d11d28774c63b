import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import {
  canonicalRange,
  compareVersions,
  covers,
  highestFirst,
  inOrderOfChoice,
  intendedVersion,
  isPrerelease,
  isRange,
  isVersion,
  isWithin,
  offers,
  overlap,
  sideOf,
} from './version-range.rules.js';

const folder = new URL('../../../../test/fixtures/node-semver/', import.meta.url);
type Row = readonly unknown[];
type Options = { readonly loose?: unknown; readonly includePrerelease?: boolean } | boolean | null | undefined;

function rows(name: string): readonly Row[] {
  return JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')) as Row[];
}
const loose = (options: unknown): boolean =>
  typeof options === 'object' && options !== null ? !!(options as { loose?: unknown }).loose : !!options;
const withPrereleases = (options: Options): boolean => typeof options === 'object' && options?.includePrerelease === true;
const question = (options: unknown) => (withPrereleases(options as Options) ? ('covers' as const) : ('offers' as const));
const ask = { covers, offers } as const;
/** Rows whose texts only the loose reading understands: here they are nothing at all. */
const unread = (range: string, version: string): boolean => !isRange(range) || compareOf(version) === null;
const compareOf = (version: string): number | null => {
  try {
    return compareVersions(version, version);
  } catch {
    return null;
  }
};

/** Each row is judged, and the rows are counted: a table that is not looked at proves nothing. */
const judges: Readonly<
  Record<string, { readonly rows: number; readonly judge: (row: Row) => unknown; readonly expected: (row: Row) => unknown }>
> = {
  'range-include': {
    rows: 126,
    judge: ([range, version, options]) => ask[question(options)](range as string, version as string),
    expected: ([range, version, options]) => !(loose(options) && unread(range as string, version as string)),
  },
  'range-exclude': {
    rows: 98,
    judge: ([range, version, options]) => ask[question(options)](range as string, version as string),
    expected: () => false,
  },
  'range-parse': {
    rows: 133,
    judge: ([range, , options]) => canonicalRange(range as string, question(options)),
    expected: ([range, canonical, options]) => (loose(options) && !isRange(range as string) ? null : canonical),
  },
  'range-intersection': {
    rows: 54,
    judge: ([one, other]) => [overlap(one as string, other as string, 'offers'), overlap(other as string, one as string, 'offers')],
    expected: ([, , expected]) => [expected, expected],
  },
  'comparator-intersection': {
    rows: 34,
    judge: ([one, other, , including]) => {
      const asked = including === true ? 'covers' : 'offers';
      return [overlap(one as string, other as string, asked), overlap(other as string, one as string, asked)];
    },
    expected: ([, , expected]) => [expected, expected],
  },
  'version-gt-range': {
    rows: 56,
    judge: ([range, version]) => sideOf(version as string, range as string),
    expected: ([range, version, options]) => (loose(options) && unread(range as string, version as string) ? null : 'above'),
  },
  'version-lt-range': {
    rows: 58,
    judge: ([range, version]) => sideOf(version as string, range as string),
    expected: ([range, version, options]) => (loose(options) && unread(range as string, version as string) ? null : 'below'),
  },
  'version-not-gt-range': {
    rows: 80,
    judge: ([range, version, options]) => sideOf(version as string, range as string, question(options)) === 'above',
    expected: () => false,
  },
  'version-not-lt-range': {
    rows: 83,
    judge: ([range, version, options]) => sideOf(version as string, range as string, question(options)) === 'below',
    expected: () => false,
  },
  comparisons: {
    rows: 31,
    judge: ([higher, lower]) => (compareOf(higher as string) === null || compareOf(lower as string) === null ? null : order(higher, lower)),
    expected: ([higher, lower, options]) =>
      loose(options) && (compareOf(higher as string) === null || compareOf(lower as string) === null) ? null : [1, -1],
  },
  equality: {
    rows: 37,
    judge: ([one, other]) => (compareOf(one as string) === null || compareOf(other as string) === null ? null : order(one, other)),
    expected: ([one, other, options]) =>
      loose(options) && (compareOf(one as string) === null || compareOf(other as string) === null) ? null : [0, 0],
  },
  'invalid-versions': {
    rows: 10,
    judge: ([version]) => isVersion(version as string),
    expected: () => false,
  },
  'valid-versions': {
    rows: 22,
    // Build metadata makes no other version, and neither does a "v": only the plain form is one that a package may carry.
    judge: ([version]) => [intendedVersion(version as string), isVersion(version as string)],
    expected: ([version, major, minor, patch, prerelease]) => {
      const tag = (prerelease as readonly unknown[]).join('.');
      const plain = `${String(major)}.${String(minor)}.${String(patch)}${tag === '' ? '' : `-${tag}`}`;
      return [plain, plain === version];
    },
  },
};

function order(one: unknown, other: unknown): readonly number[] {
  return [compareVersions(one as string, other as string), compareVersions(other as string, one as string)];
}

describe('P-15 every fixture of node-semver', () => {
  it('has its judge', () => {
    const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
    expect(files.map((file) => file.slice(0, -'.json'.length)).sort()).toEqual(Object.keys(judges).sort());
  });
  it.each(Object.entries(judges))('%s', (name, { rows: count, judge, expected }) => {
    const table = rows(name);
    expect(table).toHaveLength(count);
    expect(table.map((row) => ({ row, is: judge(row) }))).toEqual(table.map((row) => ({ row, is: expected(row) })));
  });
});

describe('a pre-release', () => {
  it('is covered by its place in the order, and offered only where the range names one', () => {
    expect([covers('^2.0.0', '2.1.0-beta.1'), offers('^2.0.0', '2.1.0-beta.1')]).toEqual([true, false]);
    expect([covers('^2.1.0-beta.0', '2.1.0-beta.1'), offers('^2.1.0-beta.0', '2.1.0-beta.1')]).toEqual([true, true]);
    expect(covers('^2.0.0', '3.0.0-beta.1')).toBe(false);
    expect(isWithin('^1.2.0', '1.x')).toBe(true);
    expect(isWithin('1.x', '^1.2.0')).toBe(false);
  });
  it('is chosen after every release', () => {
    const versions = ['1.0.0', '2.0.0-beta.1', '1.5.0', '2.0.0-beta.2'];
    expect(highestFirst(versions)).toEqual(['2.0.0-beta.2', '2.0.0-beta.1', '1.5.0', '1.0.0']);
    expect(inOrderOfChoice(versions)).toEqual(['1.5.0', '1.0.0', '2.0.0-beta.2', '2.0.0-beta.1']);
    expect(isPrerelease('2.0.0-beta.1')).toBe(true);
  });
});

it('what is no version or range is read as nothing', () => {
  expect([covers('newest', '1.0.0'), offers('^1', 'one'), isRange('newest'), isVersion('1.0'), overlap('newest', '*')]).toEqual(
    Array.from({ length: 5 }, () => false),
  );
  expect([sideOf('one', '^1'), sideOf('1.0.0', 'newest'), intendedVersion('newest')]).toEqual([null, null, null]);
  expect(intendedVersion('v1.2')).toBe('1.2.0');
});
