// Plays seeds of the simulated engine, outside of the test runner, whose sandbox would make each of them twice as long.
import { simulate } from '../../../libs/workflow/src/run/testing/simulation.js';
import type { LivesTold, SeedBreak } from '../../../libs/workflow/src/run/testing/simulated-lives.js';

const [from, step, until, enough] = process.argv.slice(2).map(Number) as [number, number, number, number];
const told: LivesTold = { seeds: 0, steps: 0, runs: 0, faults: 0, moved: 0, again: 0, breaks: 0, differing: [] };
const toldOf = new Map<string, number>();

for (let seed = from; seed < until; seed += step) {
  const { steps, runs, faults, moved, breaks, trace } = await simulate(seed);
  told.seeds += 1;
  told.steps += steps;
  told.runs += runs;
  told.faults += faults;
  told.moved += moved;
  told.breaks += breaks.length;
  for (const { invariant, detail } of breaks) tell({ seed, invariant, detail });
  // What is broken is broken: the rest of the seeds would only take time.
  if (told.breaks > 0 && told.seeds >= enough) break;
  if (seed % 100 !== 7) continue;
  told.again += 1;
  if ((await simulate(seed)).trace !== trace) told.differing.push(seed);
}
console.log(`done ${JSON.stringify(told)}`);

/** The first few of each. */
function tell(broken: SeedBreak): void {
  const before = toldOf.get(broken.invariant) ?? 0;
  toldOf.set(broken.invariant, before + 1);
  if (before < 5) console.log(`broken ${JSON.stringify(broken)}`);
}
