// Workflows on a whole server: what stops it, and what kills it and its database, neither loses a run nor makes an effect a second time (W-04); after
// an end without warning its successor takes all open runs up in time (W-05), after an orderly one there is nothing to take up (W-06).
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { seededRandom } from '@kari/kernel/testing';
import { systemTimers } from '@kari/platform/time';
import { SIM_WORKFLOWS } from '../../libs/workflow/src/run/testing/sim-workflows.js';
import { eventually } from '../support/client.js';
import { reportCounts } from '../support/record.js';
import { seedOf } from '../support/seed.js';
import { processesNaming } from '../support/server.js';
import { patienceFor, sizeOf, testTier } from '../support/size.js';
import { OutsideLedger } from './outside-ledger.js';
import { atTheLedger, WorkflowWorld } from './workflow-world.js';

const KILLS = sizeOf('W-04 server', { t1: 2, t2: 10, t3: 100 });
const TICKING = sizeOf('W-05', { t1: 60, t2: 10_000 });
const STOPS = sizeOf('W-06', { t1: 1, t2: 20, t3: 200 });
/** The figures are those of a machine that does nothing else; the slice runs beside other suites. */
const QUIET = testTier() !== 't1';
const RUNS_A_KILL = QUIET ? 20 : 9;
const RUNS_A_STOP = QUIET ? 12 : 6;
const FIRST_WITHIN_MS = QUIET ? 8_000 : 60_000;
const ALL_WITHIN_MS = QUIET ? 60_000 : 120_000;
const STOPPED_WITHIN_MS = QUIET ? 10_000 : 60_000;

const NAMES = ['sequence', 'retried', 'saga', 'fanOut', 'fork', 'parent', 'loop', 'waits', 'exhausted'] as const;
const TENANTS = Math.min(8, 1 + Math.ceil((KILLS * RUNS_A_KILL) / 250));
const nameOf = (name: string): string => SIM_WORKFLOWS[name]!.document.document.name;
/** Four hundred ticks a second, however many there are: so much is left for those that start them. */
const EVERY = { seconds: Math.max(1, Math.round(TICKING / 400)) };
const head = (name: string) => ({ dsl: '1.0.0', namespace: 'sim', name, version: '1.0.0' });
const TICKS = {
  document: head('ticks'),
  do: [{ rest: { wait: EVERY } }, { tick: { set: { ticking: true }, then: 'rest' } }],
};
const BUSY = {
  document: head('busy'),
  do: Array.from({ length: QUIET ? 40 : 15 }, (_, index) => ({ [`call-${index}`]: { call: 'sim.slow', with: { n: index } } })),
};
const DOCUMENTS = [...[...NAMES, 'child'].map((name) => SIM_WORKFLOWS[name]!.document), BUSY, TICKS].map(atTheLedger);

let world: WorkflowWorld;
const ledger = new OutsideLedger(60);
let made = 0;
const begin = (workflow: string, input: unknown = {}): Promise<string> => world.begin((made += 1), workflow, input);

beforeAll(async () => {
  await ledger.open();
  world = await WorkflowWorld.start(ledger);
  for (let tenant = 0; tenant < TENANTS; tenant += 1) await world.tenant(`tenant-${tenant}`, DOCUMENTS);
}, 180_000);
afterAll(async () => {
  await world?.stop();
  await ledger.close();
}, 60_000);

describe('W-06: an orderly stop', () => {
  it(
    `hands its runs back, ${STOPS} times: soon over, nobody left behind, and the next server makes no effect again`,
    async () => {
      const random = seededRandom(seedOf('W-06'));
      const milliseconds: number[] = [];
      const codes = new Set<number | null>();
      let left = 0;
      let held = 0;
      for (let stop = 0; stop < STOPS; stop += 1) {
        await Promise.all(Array.from({ length: RUNS_A_STOP }, () => begin('busy')));
        await systemTimers.sleep(random.next() * 500);
        const began = performance.now();
        codes.add(await world.server.stop('SIGTERM'));
        milliseconds.push(performance.now() - began);
        left += (await processesNaming(world.data)).length;
        const sql = `select shard from leases.lease where shard like 'workflow.run:%' and expires_at > now()`;
        held += (await world.rows(sql)).length;
        await world.startServer();
      }
      const ends = [...(await world.allOver(patienceFor(60_000))).values()];
      const slowest = Math.round(Math.max(...milliseconds));
      const { askedAgain, reused } = ledger;
      const runs = STOPS * RUNS_A_STOP;
      reportCounts('W-06', { stops: STOPS, runs, askedAgain, leftBehind: left, leasesHeld: held, slowestMilliseconds: slowest });
      expect({ codes: [...codes], left, held, askedAgain, reused }).toEqual({ codes: [0], left: 0, held: 0, askedAgain: 0, reused: [] });
      expect(ends.map((end) => end?.type)).toEqual(Array.from({ length: runs }, () => 'RunCompleted'));
      expect(slowest).toBeLessThan(STOPPED_WITHIN_MS);
    },
    patienceFor(180_000),
  );
});

describe('W-04 server: a monkey', () => {
  it(
    `kills server and database ${KILLS} times: every run reaches the end it must, and no effect is made twice`,
    async () => {
      const random = seededRandom(seedOf('W-04 server'));
      const before = new Set((await world.runs()).keys());
      const names = new Map<string, (typeof NAMES)[number]>();
      let servers = 0;
      let databases = 0;
      for (let kill = 0; kill < KILLS; kill += 1) {
        const starting = Array.from({ length: RUNS_A_KILL }, async (_, index) => {
          const name = NAMES[(kill * RUNS_A_KILL + index) % NAMES.length]!;
          names.set(await begin(nameOf(name), SIM_WORKFLOWS[name]!.input), name);
        });
        await systemTimers.sleep(100 + random.next() * 1_400);
        // The first two are one of each.
        const chance = kill < 2 ? kill * 0.6 : random.next();
        if (chance < 0.5 || chance > 0.85) {
          await world.killServer();
          servers += 1;
        }
        if (chance >= 0.5) {
          await world.killDatabase();
          databases += 1;
          // Sometimes longer than anybody's view of the world may be old.
          await systemTimers.sleep(random.next() * (kill % 5 === 4 ? 15_000 : 500));
          await world.startDatabase();
        }
        if (chance < 0.5 || chance > 0.85) {
          await world.expireLeases();
          await world.startServer();
        }
        await Promise.all(starting);
      }
      const ends = await world.allOver(patienceFor(120_000));
      const done = ledger.doneByRun();
      const runs = [...ends].filter(([run]) => !before.has(run));
      const { askedAgain, reused } = ledger;
      reportCounts('W-04 server', { runs: runs.length, servers, databases, effects: ledger.entries.length, askedAgain });
      expect(reused).toEqual([]);
      for (const [run, end] of runs) {
        // Who is not in the list was started by a parent.
        const name = names.get(run) ?? 'child';
        const { expected, effects } = SIM_WORKFLOWS[name]!;
        const { output, error } = end?.data ?? {};
        expect({ run, name, type: end?.type, output, error, effects: done.get(run) }).toEqual({
          run,
          name,
          type: expected.status === 'completed' ? 'RunCompleted' : 'RunFailed',
          output: expected.status === 'completed' ? expected.output : undefined,
          error: expected.status === 'completed' ? undefined : expect.objectContaining({ instance: '/do/3/bad' }),
          effects,
        });
      }
      expect(runs.length).toBeGreaterThan(KILLS * RUNS_A_KILL);
    },
    patienceFor(240_000),
  );
});

describe('W-05: an end without warning', () => {
  it(
    `with ${TICKING} open runs: the next server goes on with the first and with all of them in time`,
    async () => {
      const runs = new Set<string>();
      const starters = Array.from({ length: 32 }, async (_, starter) => {
        for (let index = starter; index < TICKING; index += 32) runs.add(await begin('ticks'));
      });
      await Promise.all(starters);
      const ticked = async (after: string): Promise<readonly { stream: string; at: Date }[]> =>
        (
          await world.rows<{ stream: string; at: Date }>(
            `select stream, min(recorded_at) as at from log.events where type = 'TimerFired' and position > $1 group by stream`,
            [after],
          )
        ).filter(({ stream }) => runs.has(stream.slice(stream.indexOf('~') + 1)));
      await eventually(
        () => ticked('0'),
        (all) => all.length === TICKING,
        patienceFor(120_000),
      );

      const killed = Date.now();
      await world.killServer();
      await world.killDatabase();
      await world.startDatabase();
      const [head] = await world.rows<{ position: string }>('select max(position)::text as position from log.events');
      await world.startServer();
      const ready = Date.now() - killed;
      const again = await eventually(
        () => ticked(head!.position),
        (all) => all.length === TICKING,
        patienceFor(120_000),
      );
      const waited = again.map(({ at }) => at.getTime() - killed).sort((a, b) => a - b);
      const [first, last] = [waited[0] ?? Infinity, waited.at(-1) ?? Infinity];
      reportCounts('W-05', { runs: TICKING, readyMilliseconds: ready, firstMilliseconds: first, allMilliseconds: last });
      expect(first).toBeLessThan(FIRST_WITHIN_MS);
      expect(last).toBeLessThan(ALL_WITHIN_MS);
    },
    patienceFor(300_000),
  );
});
