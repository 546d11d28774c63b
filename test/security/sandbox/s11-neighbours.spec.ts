// S-11: hostile neighbours. Extensions in several tenants do their work while five sandboxes among them spin, take memory, flood, crash and leak;
// against the same server a moment later with the same five at rest. The quiet and the hostile phases take turns, so that a machine that slows down
// slows both.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { askEverything } from '../../support/everything-asked.js';
import { startExtensionWorld, type ExtensionWorld, type TenantDesk } from '../../support/extension-world.js';
import { needs } from '../../support/needs.js';
import { p99, sample, type Sampled } from '../../support/neighbours/latency.js';
import { writeNeighbours, type HostileWay, type Neighbour } from '../../support/neighbours/packages.js';
import { reportCounts } from '../../support/record.js';
import { patienceFor, sizeOf, testTier } from '../../support/size.js';

const EXTENSIONS = sizeOf('S-11', { t1: 10, t3: 50 });
const TENANTS = { t1: 2, t2: 2, t3: 4 }[testTier()];
const PHASE_SECONDS = { t1: 4, t2: 30, t3: 420 }[testTier()];
const ROUNDS = 2;
const RATIO = 1.5;
/** The aim is 1.5 here as well, and a campaign is held to it. It is not kept yet (docs/security-model.md): the slice guards what was reached. */
const PLUGIN_RATIO = testTier() === 't1' ? 4 : RATIO;
/** What two cores that also run the test may add to the slowest of a few hundred calls; in a campaign there are enough of them to do without. */
const NOISE_MS = testTier() === 't1' ? 60 : 5;
/** Of calls and reads beside the hostile ones: a machine that is busy with something else may lose a few to their deadlines. */
const FAILING = testTier() === 't1' ? 0.03 : 0;
const CALLS_EACH_SECOND = 20;
const READS_EACH_SECOND = 10;
const HOSTILE_PAUSE_MS = 200;

interface Samples {
  readonly api: Sampled;
  readonly plugin: Sampled;
}
const noSamples = (): Samples => ({ api: { milliseconds: [], failures: [] }, plugin: { milliseconds: [], failures: [] } });

let folder: string;
let world: ExtensionWorld;
let neighbours: readonly Neighbour[];
let tenants: readonly TenantDesk[];
/** Codes of refusals by way: a hostile call that does no harm proves nothing. */
const harm = new Map<HostileWay, Map<string, number>>();
const leaked: string[] = [];

const canaryOf = (tenant: TenantDesk): string => `canary-${tenant.slug}-9c2e`;
const peaceful = (): readonly Neighbour[] => neighbours.filter(({ way }) => way === null);

needs(
  'linux',
  'bwrap',
  'cgroup',
)('hostile neighbours (S-11)', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kari-street-'));
    neighbours = writeNeighbours(folder, EXTENSIONS);
    world = await startExtensionWorld([folder]);
    tenants = await Promise.all(Array.from({ length: TENANTS }, (_, index) => world.tenant(`street-${index}`)));
    await Promise.all(tenants.map((tenant) => tenant.install(...neighbours.map(({ id }) => id))));
    // Everyone has started once: what is compared is work, not the first start.
    for (const tenant of tenants) await Promise.all(neighbours.map(({ id }) => keep(tenant, id)));
  }, patienceFor(120_000));
  afterAll(async () => {
    await world?.stop();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  it(
    `slow the API by no more than ${RATIO} times, plugins by no more than ${PLUGIN_RATIO}, beside ${NOISE_MS} ms and what the machine does by itself; a run that fails is repeated once`,
    async () => {
      const first = await comparison();
      if (within(first)) return;
      const again = await comparison();
      expect({ figures: again, within: within(again) }).toEqual({ figures: again, within: true });
    },
    patienceFor(90_000),
  );

  it('did all the harm they could: the control', () => {
    const codes = Object.fromEntries([...harm].map(([way, counted]) => [way, [...counted.keys()].sort()]));
    expect(codes['crash']).toContain('SANDBOX_CRASHED');
    expect(codes['memory']).toContain('SANDBOX_CRASHED');
    expect(codes['flood']).toContain('SANDBOX_CRASHED');
    expect(codes['spin']?.some((code) => ['SANDBOX_DEADLINE', 'PLUGIN_TIMEOUT', 'SANDBOX_CRASHED', 'SANDBOX_STOPPED'].includes(code))).toBe(
      true,
    );
    expect(leaked.length).toBeGreaterThan(0);
  });

  it('learn nothing of another tenant', async () => {
    for (const tenant of tenants) {
      const others = tenants.filter((other) => other !== tenant).map(canaryOf);
      const everything = (await askEverything(tenant.caller, {})).map(({ text }) => text).join('\n');
      expect(others.filter((canary) => everything.includes(canary))).toEqual([]);
    }
    expect(
      leaked.filter((line) => tenants.some((tenant) => !line.startsWith(`${tenant.slug} `) && line.includes(canaryOf(tenant)))),
    ).toEqual([]);
    // It does see its own: the canaries are where they were put.
    expect(leaked.every((line) => tenants.some((tenant) => line.startsWith(`${tenant.slug} `) && line.includes(canaryOf(tenant))))).toBe(
      true,
    );
  }, 60_000);
});

async function keep(tenant: TenantDesk, id: string): Promise<void> {
  const canary = `${canaryOf(tenant)} ${id}`;
  const { text } = await tenant.call<{ text: string }>(`${id}/neighbour.keep`, { text: canary });
  if (text !== canary) throw new Error(`${id} in ${tenant.slug} answered ${text}`);
}

interface Compared {
  readonly quiet: number;
  readonly hostile: number;
  /** By how much the quiet rounds differ from each other: what this machine does by itself. */
  readonly noise: number;
}

interface Figures {
  readonly api: Compared;
  readonly plugin: Compared;
  /** Of all calls and reads beside the hostile ones, which did not succeed. */
  readonly failing: number;
  readonly failures: readonly string[];
}

async function comparison(): Promise<Figures> {
  const quiet = Array.from({ length: ROUNDS }, noSamples);
  const hostile = noSamples();
  for (const round of quiet) {
    await measured(round);
    const attack = startHostilities();
    try {
      await measured(hostile);
    } finally {
      await attack.end();
    }
  }
  const of = (kind: keyof Samples): Compared => {
    const rounds = quiet.map((round) => p99(round[kind].milliseconds));
    const all = p99(quiet.flatMap((round) => round[kind].milliseconds));
    return {
      quiet: Math.round(all),
      hostile: Math.round(p99(hostile[kind].milliseconds)),
      noise: Math.round(Math.max(...rounds) - Math.min(...rounds)),
    };
  };
  const failures = [...hostile.api.failures, ...hostile.plugin.failures];
  const calls = failures.length + hostile.api.milliseconds.length + hostile.plugin.milliseconds.length;
  const figures = { api: of('api'), plugin: of('plugin'), failing: failures.length / calls, failures: [...new Set(failures)].slice(0, 5) };
  reportCounts('S-11', {
    extensions: EXTENSIONS,
    tenants: TENANTS,
    calls,
    failed: failures.length,
    'API p99 quiet, hostile, noise (ms)': Object.values(figures.api).join(' '),
    'plugin p99 quiet, hostile, noise (ms)': Object.values(figures.plugin).join(' '),
  });
  return figures;
}

/** In a slice the noise of the machine is added to the bound; in a campaign it is not. */
function within({ api, plugin, failing }: Figures): boolean {
  const slack = (noise: number): number => NOISE_MS + (testTier() === 't1' ? noise : 0);
  const isWithin = ({ quiet, hostile, noise }: Compared, ratio: number): boolean => hostile <= quiet * ratio + slack(noise);
  return failing <= FAILING && isWithin(api, RATIO) && isWithin(plugin, PLUGIN_RATIO);
}

async function measured(into: Samples): Promise<void> {
  const forMs = PHASE_SECONDS * 1000;
  const targets = tenants.flatMap((tenant) => peaceful().map(({ id }) => ({ tenant, id })));
  const calls = {
    everyMs: 1000 / CALLS_EACH_SECOND,
    forMs,
    call: async (turn: number) => {
      const target = targets[turn % targets.length];
      if (target !== undefined) await keep(target.tenant, target.id);
    },
  };
  const reads = {
    everyMs: 1000 / READS_EACH_SECOND,
    forMs,
    call: async (turn: number) => {
      await tenants[turn % tenants.length]?.caller.data('{ extensions(first: 10) { nodes { id status } } }');
    },
  };
  await Promise.all([sample(calls, into.plugin), sample(reads, into.api)]);
}

/** Each way in one tenant, called again as soon as its last call came to its end, and let out of quarantine. */
function startHostilities(): { end(): Promise<void> } {
  let over = false;
  const hostile = neighbours.flatMap(({ id, way }) => (way === null ? [] : [{ id, way }]));
  const restless = hostile.map(({ id, way }, index) => ({ tenant: tenants[index % tenants.length]!, id, way }));
  const running = restless.map(async ({ tenant, id, way }) => {
    while (!over) {
      await misbehave(tenant, id, way);
      await new Promise((resolve) => setTimeout(resolve, HOSTILE_PAUSE_MS));
    }
  });
  return {
    end: async () => {
      over = true;
      // An endless loop would go on into the quiet phase until its heartbeat is missed.
      await Promise.all(
        restless.map(({ tenant, id }) => tenant.caller.ask('mutation ($id: ID!) { restartSandbox(extension: $id) { revision } }', { id })),
      );
      await Promise.all(running);
    },
  };
}

async function misbehave(tenant: TenantDesk, id: string, way: HostileWay): Promise<void> {
  const answer = await tenant.ask(`${id}/neighbour.misbehave`, { text: canaryOf(tenant) }, { timeoutMs: 3_000 });
  const code = answer.errors[0]?.extensions.code ?? 'answered';
  const counted = harm.get(way) ?? new Map<string, number>();
  harm.set(way, counted.set(code, (counted.get(code) ?? 0) + 1));
  if (way === 'leak' && answer.data !== null) leaked.push(`${tenant.slug} ${JSON.stringify(answer.data.callPlugin.output)}`);
  if (code === 'SANDBOX_QUARANTINED') {
    await tenant.caller.ask('mutation ($id: ID!) { releaseSandbox(extension: $id) { revision } }', { id });
  }
}
