// S-05: whoever takes too much is ended soon after its limit, and meanwhile the host answers, stays small, and every neighbour is well. A slice with
// every change, a thousand runs in the long ones; the same cases at every level are in `hostile.spec.ts`.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { faultsOf, hostileCases, prepare, runHostile, titleOf } from '../../support/hostile-cases.js';
import { reportCounts } from '../../support/record.js';
import { SandboxWorld, tenantA, tenantB } from '../../support/sandbox-world.js';
import { patienceFor, sizeOf, testTier } from '../../support/size.js';

const RUNS = sizeOf('S-05', { t1: 12, t2: 1_000 });
const AT_ONCE = 4;
/** For the host, whatever is sent to it. */
const MOST_GROWTH = 64 * 1024 * 1024;
/** From the call to the recorded end: the start, the way to the limit, a second for the kill, and in the slice what a busy machine excuses. */
const SOON_MS = testTier() === 't1' ? 45_000 : 15_000;

const resources = ['greedy', 'chatty', 'slow', 'looping'];
const all = hostileCases.filter(({ fixture }) => resources.includes(fixture));
/** The slice leaves out those that wait for limits of many seconds: they are in the other suite, at every level. */
const chosen = testTier() === 't1' ? all.filter(({ slow, exits }) => !slow && exits !== null) : all;

let world: SandboxWorld;
beforeAll(async () => {
  world = await SandboxWorld.open({ limits: { total: 64, perTenant: 64 } });
  await prepare(world);
});
afterAll(() => world.close());

it(
  'S-05 each run ends as foreseen, the host answers and stays small, every neighbour is well',
  async () => {
    const before = process.memoryUsage.rss();
    const faults: string[] = [];
    const ends: number[] = [];
    const answers: number[] = [];
    let over = false;
    const neighbour = (async () => {
      while (!over) {
        const began = performance.now();
        await world.call('self.echo', 1, { tenant: tenantB, extension: 'acme.innocent' });
        answers.push(performance.now() - began);
        await new Promise((next) => setTimeout(next, 20));
      }
    })();
    let next = 0;
    const lane = async (): Promise<void> => {
      while (next < RUNS) {
        const run = (next += 1);
        const one = chosen[run % chosen.length];
        if (one === undefined) return;
        const extension = `acme.${one.fixture}-${run}`;
        const outcome = await runHostile(world, one, extension);
        faults.push(...faultsOf(one, outcome).map((fault) => `run ${run}, ${titleOf(one)}: ${fault}`));
        if (one.exits !== null && !one.slow) ends.push(outcome.millisecondsToEnd);
        world.remove(tenantA, extension);
        // What it said is judged: a long run would keep all of it.
        world.observed.splice(0, world.observed.length, ...world.observed.filter((seen) => seen['extension'] !== extension));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    over = true;
    await neighbour;
    const grown = process.memoryUsage.rss() - before;
    const percentile = (times: readonly number[], share: number): number =>
      Math.round([...times].sort((one, other) => one - other)[Math.floor(times.length * share)] ?? 0);
    reportCounts('S-05', {
      runs: RUNS,
      faults: faults.length,
      slowestEndMs: Math.round(Math.max(...ends)),
      neighbourCalls: answers.length,
      neighbourP50Ms: percentile(answers, 0.5),
      neighbourP99Ms: percentile(answers, 0.99),
      hostGrowthMiB: Math.round(grown / 1024 / 1024),
    });
    expect(faults).toEqual([]);
    expect(Math.max(...ends)).toBeLessThan(SOON_MS);
    expect(answers.length).toBeGreaterThan(RUNS);
    expect(grown).toBeLessThan(MOST_GROWTH);
  },
  patienceFor(120_000),
);
