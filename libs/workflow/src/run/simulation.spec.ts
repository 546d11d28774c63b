// W-01, W-02: the engine under seeds that kill its workers, lose its messages, take its leases and turn its clock. Seeds that break something are
// printed: KARI_TEST_SEED=<seed> KARI_TEST_SIZE=1 plays one of them.
import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bundleProgram, runProgram } from '../../../../test/support/child-program.js';
import { reportCounts } from '../../../../test/support/record.js';
import { patienceFor, sizeOf, testTier } from '../../../../test/support/size.js';
import { INVARIANTS, type InvariantId } from './testing/invariants.js';
import type { LivesTold, SeedBreak } from './testing/simulated-lives.js';

const SEEDS = sizeOf('W-01', { t1: 10_000, t2: 100_000, t3: 1_000_000 });
const FIRST = Number(process.env['KARI_TEST_SEED'] ?? 0);
/** Only a campaign has the machine for itself. */
const PROCESSES = testTier() === 't3' ? 2 : 1;
/** So many show what is broken once something is. */
const ENOUGH_WHEN_BROKEN = 200;

describe('W-01 the simulated engine', () => {
  const broken = new Map<InvariantId, string[]>();
  const counts = { seeds: 0, steps: 0, runs: 0, faults: 0, moved: 0, again: 0, breaks: 0 };
  const differing: number[] = [];
  let program = '';

  beforeAll(async () => {
    program = await bundleProgram(resolve(import.meta.dirname, '../../../../test/durability/programs/simulated-lives.ts'));
    await Promise.all(Array.from({ length: PROCESSES }, (_, lane) => play(FIRST + lane)));
  }, patienceFor(1_200_000));
  afterAll(() => {
    if (program !== '') rmSync(program, { force: true });
  });

  async function play(first: number): Promise<void> {
    const numbers = [first, PROCESSES, FIRST + SEEDS, Math.ceil(ENOUGH_WHEN_BROKEN / PROCESSES)];
    const playing = runProgram(program, {}, { args: numbers.map(String) });
    const end = await playing.line('done ').finally(() => playing.process.kill());
    for (const line of playing.lines.filter((said) => said.startsWith('broken '))) {
      const { seed, invariant, detail } = JSON.parse(line.slice('broken '.length)) as SeedBreak;
      broken.set(invariant, [...(broken.get(invariant) ?? []), `seed ${seed}: ${detail}`]);
    }
    const told = JSON.parse(end.slice('done '.length)) as LivesTold;
    differing.push(...told.differing);
    for (const name of Object.keys(counts) as (keyof typeof counts)[]) counts[name] += told[name];
  }

  it.each(Object.entries(INVARIANTS))('W-02 %s %s', (id) => {
    expect(broken.get(id as InvariantId) ?? []).toEqual([]);
  });

  it('W-01 gives the same trace for the same seed', () => {
    expect(differing).toEqual([]);
    if (SEEDS >= 100) expect(counts.again).toBeGreaterThan(0);
  });

  it('W-01 saw what it was made for', () => {
    reportCounts('W-01', { ...counts, differing: differing.length });
    if (SEEDS < 100 || counts.breaks > 0) return;
    expect(counts.seeds).toBe(SEEDS);
    expect(counts.runs).toBeGreaterThan(SEEDS);
    expect(counts.faults).toBeGreaterThan(SEEDS / 2);
    expect(counts.moved).toBeGreaterThan(SEEDS / 2);
  });
});
