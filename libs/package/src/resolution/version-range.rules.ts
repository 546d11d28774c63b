// The one reading of versions and ranges: node-semver, strict, never loose. A range is asked two things. Whether it *covers* a version: a
// pre-release counts by its place in the order, so that one that is installed fits what asks for its line, and a conflict includes it.
// Whether it *offers* a version, unasked: a pre-release only where the range itself names one of the same three numbers.
import semver from 'semver';

export type Question = 'covers' | 'offers';

/** A version in its one form: three numbers, an optional pre-release, no build metadata (it takes no part in precedence). */
export function isVersion(text: string): boolean {
  return semver.valid(text) === text;
}

/** The version that was probably meant, null when none can be told. */
export function intendedVersion(text: string): string | null {
  return semver.valid(text) ?? semver.coerce(text)?.version ?? null;
}

export function isRange(text: string): boolean {
  return canonicalRange(text, 'offers') !== null;
}

/** The range as comparators, as it is read for one of the two questions; null for what is no range. */
export function canonicalRange(text: string, question: Question): string | null {
  return semver.validRange(text, optionsOf(question));
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
export function overlap(one: string, other: string, question: Question = 'covers'): boolean {
  return isRange(one) && isRange(other) && semver.intersects(one, other, optionsOf(question));
}

/** Whether the version lies above everything in the range, or below; null when neither, or in a gap of it. */
export function sideOf(version: string, range: string, question: Question = 'offers'): 'above' | 'below' | null {
  if (!isRange(range) || semver.valid(version) === null) return null;
  const options = optionsOf(question);
  if (semver.gtr(version, range, options)) return 'above';
  return semver.ltr(version, range, options) ? 'below' : null;
}

/** Of what is a version: asked thousands of times, and told by its form. */
export function isPrerelease(version: string): boolean {
  const [dash, plus] = [version.indexOf('-'), version.indexOf('+')];
  return dash >= 0 && (plus < 0 || dash < plus);
}

/** Below zero when the first is lower. */
export function compareVersions(one: string, other: string): number {
  return semver.compare(one, other);
}

/** Highest first. */
export function highestFirst(versions: Iterable<string>): readonly string[] {
  return [...versions]
    .map((version) => ({ version, order: new semver.SemVer(version) }))
    .sort((one, other) => other.order.compare(one.order))
    .map(({ version }) => version);
}

/** In the order of choice: releases, highest first, then pre-releases, highest first. */
export function inOrderOfChoice(versions: Iterable<string>): readonly string[] {
  const sorted = highestFirst(versions);
  return [...sorted.filter((version) => !isPrerelease(version)), ...sorted.filter(isPrerelease)];
}

function optionsOf(question: Question): { includePrerelease: boolean } {
  return { includePrerelease: question === 'covers' };
}
