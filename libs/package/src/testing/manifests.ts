// For specs: the golden manifest that uses every section, and what a set of checks says of a changed copy of it.
import { readdirSync, readFileSync } from 'node:fs';
import type { Manifest } from '@kari/protocol/manifest';
import type { CrossCheck } from '../manifest/cross-check.js';

const golden = new URL('../../../../test/golden/manifests/', import.meta.url);

/** Every level writable, so that a spec can break it. */
type Writable<T> = { -readonly [Key in keyof T]-?: Writable<Exclude<T[Key], undefined>> };

export function goldenText(name: string): string {
  return readFileSync(new URL(`${name}.json`, golden), 'utf8');
}

export function goldenNames(): readonly string[] {
  return readdirSync(golden)
    .filter((file) => /^(?:accepted|refused)-.*\.json$/.test(file))
    .map((file) => file.slice(0, -'.json'.length))
    .sort();
}

export function expectedProblems(): Readonly<Record<string, readonly string[]>> {
  return JSON.parse(readFileSync(new URL('expected-problems.json', golden), 'utf8')) as Record<string, string[]>;
}

export function changed(change: (manifest: Writable<Manifest>) => void): Manifest {
  const manifest = JSON.parse(goldenText('accepted-full')) as Writable<Manifest>;
  change(manifest);
  return manifest;
}

/** `<code without area> <pointer>` of everything that the checks report. */
export function reported(checks: readonly CrossCheck[], manifest: Manifest): readonly string[] {
  const found: string[] = [];
  for (const { check } of checks) check(manifest, (code, pointer) => found.push(`${code.replace('PACKAGE_MANIFEST_', '')} ${pointer}`));
  return found;
}
