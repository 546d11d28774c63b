// The one reading of versions and ranges: node-semver, strict, never loose. A range is asked two things. Whether it *covers* a version: a
// pre-release counts by its place in the order, so that one that is installed fits what asks for its line, and a conflict includes it.
// Whether it *offers* a version, unasked: a pre-release only where the range itself names one of the same three numbers.
import semver from 'semver';

/** A version in its one form: three numbers, an optional pre-release, no build metadata (it takes no part in precedence). */
export function isVersion(text: string): boolean {
  return semver.valid(text) === text;
}

/** The version that was probably meant, null when none can be told. */
export function intendedVersion(text: string): string | null {
  return semver.valid(text) ?? semver.coerce(text)?.version ?? null;
}

export function isRange(text: string): boolean {
  return semver.validRange(text) !== null;
}

/** False for what is no version or no range. */
export function covers(range: string, version: string): boolean {
  return semver.satisfies(version, range, { includePrerelease: true });
}

/** False for what is no version or no range. */
export function offers(range: string, version: string): boolean {
  return semver.satisfies(version, range);
}

/** Whether every version that the one covers is covered by the other as well. */
export function isWithin(inner: string, outer: string): boolean {
  return isRange(inner) && isRange(outer) && semver.subset(inner, outer, { includePrerelease: true });
}

/** Whether some version lies in both. */
export function overlap(one: string, other: string): boolean {
  return isRange(one) && isRange(other) && semver.intersects(one, other, { includePrerelease: true });
}

/** Whether the version lies above everything in the range, or below; null when neither, or in a gap of it. */
export function sideOf(version: string, range: string): 'above' | 'below' | null {
  if (!isRange(range) || semver.valid(version) === null) return null;
  if (semver.gtr(version, range)) return 'above';
  return semver.ltr(version, range) ? 'below' : null;
}

export function isPrerelease(version: string): boolean {
  return semver.prerelease(version) !== null;
}

/** Below zero when the first is lower. */
export function compareVersions(one: string, other: string): number {
  return semver.compare(one, other);
}

/** Highest first. */
export function highestFirst(versions: Iterable<string>): readonly string[] {
  return [...versions].sort(semver.rcompare);
}

/** In the order of choice: releases, highest first, then pre-releases, highest first. */
export function inOrderOfChoice(versions: Iterable<string>): readonly string[] {
  const sorted = highestFirst(versions);
  return [...sorted.filter((version) => !isPrerelease(version)), ...sorted.filter(isPrerelease)];
}
