// The record of a campaign claims no more than its parts show.
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from '@jest/globals';

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly failures: readonly string[];
}
interface Part {
  readonly commit: string;
  readonly verdict: string;
}
interface RecordModule {
  partOf(run: object): Part;
  readParts(text: string): readonly Part[];
  render(parts: readonly Part[]): string;
}

const file = pathToFileURL(resolve(import.meta.dirname, '../scripts/lib/campaign-record.mjs')).href;
const { partOf, readParts, render } = (await import(file)) as RecordModule;

const whole: Counts = { passed: 2, failed: 0, skipped: 0, failures: [] };

function part({ counts = whole, commit = 'a'.repeat(40), dirty = false, cycles = 500, seed = 1 } = {}): Part {
  return partOf({
    id: 'D-01',
    size: 500,
    circumstances: { commit, dirty, versions: { node: 'v20' }, prerequisites: { root: null, libfaketime: 'not installed' } },
    started: 0,
    ended: 90_000,
    counts,
    told: [
      { kind: 'seed', id: 'D-01', seed },
      { kind: 'counts', id: 'D-01', counts: { cycles, lost: 0, acceptedP99Milliseconds: seed * 100 } },
      { kind: 'skipped', title: 'D-01 elsewhere', reason: 'no elsewhere' },
    ],
    suites: ['a.spec.ts'],
  });
}

it('adds up the parts at one commit, keeps the worst of what is no sum, and names seeds, skips and missing prerequisites', () => {
  const text = render([part(), part({ seed: 7 })]);
  expect(text).toContain('- D-01: cycles 1000, lost 0, accepted p99 milliseconds 700');
  expect(text).toContain('- verdict: **kept**');
  expect(text).toContain('libfaketime (missing: not installed)');
  for (const words of ['seeds: D-01 1', 'seeds: D-01 7', 'skipped: D-01 elsewhere, because no elsewhere']) expect(text).toContain(words);
});

it('can be read again, so that a later run adds its part', () => {
  const parts = [part(), part({ seed: 2 })];
  expect(readParts(render(parts))).toEqual(parts);
});

it('claims nothing for a dirty tree, for a run in which nothing ran, or for parts of which one failed', () => {
  const failed = { ...whole, failed: 1, failures: ['D-01 loses'] };
  expect(part({ dirty: true }).verdict).toMatch(/^no claim/);
  expect(part({ counts: { ...whole, passed: 0, skipped: 2 } }).verdict).toMatch(/^no claim/);
  expect(render([part(), part({ counts: failed })])).toContain('- verdict: **not kept**');
  // A dirty part adds nothing to the sum.
  expect(render([part(), part({ dirty: true })])).toContain('cycles 500,');
});

it('keeps commits apart', () => {
  const text = render([part(), part({ commit: 'b'.repeat(40) })]);
  expect(text.match(/^## Commit .*$/gm)).toEqual([`## Commit ${'a'.repeat(12)}`, `## Commit ${'b'.repeat(12)}`]);
});
