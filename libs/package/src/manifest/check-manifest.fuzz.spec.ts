// P-07: ten thousand damaged and invented manifests. None crashes the judge, none holds it up, and what it accepts survives a round trip.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { goldenNames, goldenText } from '../testing/manifests.js';
import { checkManifest } from './check-manifest.js';

const MOST_MILLISECONDS = 100;
const RUNS = 10_000;
const SEED = Number(process.env['KARI_FUZZ_SEED'] ?? 20_260_101);

const texts = goldenNames().map(goldenText);
const keys = [...new Set(texts.flatMap((text) => [...text.matchAll(/"([^"\\]{1,40})":/g)].map((match) => match[1]!)))];
const values = [
  ...new Set(texts.flatMap((text) => [...text.matchAll(/: ("[^"\\]{0,60}"|\d+|true|false|null)/g)].map((match) => match[1]!))),
];

/** Wrong in small ways: a piece of the text is cut, doubled, replaced, or swapped for a piece of another manifest. */
const mutated = fc
  .record({
    text: fc.constantFrom(...texts),
    damage: fc.array(
      fc.record({
        at: fc.double({ min: 0, max: 1, noNaN: true }),
        length: fc.nat(40),
        insert: fc.oneof(
          fc.constant(''),
          fc.string({ maxLength: 8 }),
          fc.string({ unit: 'binary', maxLength: 4 }),
          fc.constantFrom(...keys.map((key) => JSON.stringify(key))),
          fc.constantFrom(...values),
          fc.constantFrom(
            '{',
            '}',
            '[',
            ']',
            ',',
            ':',
            '"',
            '\\',
            '\u202e',
            '\u200b',
            '__proto__',
            '1e999',
            '-0',
            '\ud800',
            '//',
            '/*',
            '{"$ref":"#"}',
            '^(a+)+$',
            '(?=a)',
          ),
        ),
      }),
      { minLength: 1, maxLength: 4 },
    ),
  })
  .map(({ text, damage }) =>
    damage.reduce((current, { at, length, insert }) => {
      const start = Math.floor(at * current.length);
      return current.slice(0, start) + insert + current.slice(start + length);
    }, text),
  );

/** Valid JSON that may mean anything: a golden manifest with a few values at random places exchanged. */
const rearranged = fc
  .record({
    text: fc.constantFrom(
      ...goldenNames()
        .filter((name) => name.startsWith('accepted'))
        .map(goldenText),
    ),
    changes: fc.array(
      fc.record({ path: fc.array(fc.nat(20), { minLength: 1, maxLength: 6 }), value: fc.jsonValue({ maxDepth: 3 }), remove: fc.boolean() }),
      { minLength: 1, maxLength: 3 },
    ),
  })
  .map(({ text, changes }) => {
    const manifest = JSON.parse(text) as Record<string, unknown>;
    for (const { path, value, remove } of changes) exchange(manifest, path, value, remove);
    return JSON.stringify(manifest, null, 2);
  });

const invented = fc.oneof(
  fc.json({ maxDepth: 6 }),
  fc.string({ unit: 'binary' }),
  fc.object({ key: fc.constantFrom(...keys), maxDepth: 6 }).map((value) => JSON.stringify(value) ?? ''),
);

describe('P-07 manifest fuzz', () => {
  it(`${RUNS} manifests: no crash, none slower than ${MOST_MILLISECONDS} ms, accepted ones round-trip`, () => {
    checkManifest(texts[0]!);
    let accepted = 0;
    const slow: string[] = [];
    fc.assert(
      fc.property(
        fc.oneof({ weight: 5, arbitrary: mutated }, { weight: 4, arbitrary: rearranged }, { weight: 1, arbitrary: invented }),
        (text) => {
          const used = process.cpuUsage();
          const verdict = checkManifest(text);
          const { user, system } = process.cpuUsage(used);
          // Processor time of the whole process: a collection of garbage may fall into any run, so a slow one is measured again.
          if (user + system > MOST_MILLISECONDS * 1_000 && again(text) > MOST_MILLISECONDS) slow.push(text);
          if (verdict.manifest === null) {
            expect(verdict.problems.length).toBeGreaterThan(0);
            for (const { line, column, reason, fix } of verdict.problems)
              expect(line >= 1 && column >= 1 && reason !== '' && fix !== '').toBe(true);
            return;
          }
          accepted += 1;
          expect(JSON.parse(text.replace(/^\ufeff/, ''))).toEqual(verdict.manifest);
          expect(checkManifest(JSON.stringify(verdict.manifest))).toEqual(verdict);
        },
      ),
      { numRuns: RUNS, seed: SEED },
    );
    expect(slow).toEqual([]);
    // A judge that refuses everything would pass the rest.
    expect(accepted).toBeGreaterThan(RUNS / 100);
  }, 300_000);
});

function again(text: string): number {
  const used = process.cpuUsage();
  checkManifest(text);
  const { user, system } = process.cpuUsage(used);
  return (user + system) / 1_000;
}

function exchange(holder: Record<string, unknown>, path: readonly number[], value: unknown, remove: boolean): void {
  const names = Object.keys(holder);
  const name = names[path[0]! % Math.max(1, names.length)];
  if (name === undefined) return;
  const child = holder[name];
  if (path.length > 1 && typeof child === 'object' && child !== null)
    exchange(child as Record<string, unknown>, path.slice(1), value, remove);
  else if (remove) delete holder[name];
  else holder[name] = value;
}
