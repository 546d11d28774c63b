// What a machine has few of: processes, disk, descriptors, processor time (31, 32, 36, 45, 57). In the cage with the engine wide open, so that
// its checks cannot hide a missing limit; each control takes as much as it likes without a sandbox.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { treeOf } from '../../../libs/sandbox/src/launcher/process-tree.adapter.js';
import { processLimit } from '../../../libs/sandbox/src/launcher/resource-class.rules.js';
import { ask, unsandboxed } from '../../support/asking.js';
import { needs } from '../../support/needs.js';
import { eventually, SandboxWorld, tenantA, tenantB } from '../../support/sandbox-world.js';
import { fixture, launchers, type Launchers } from '../../support/sandboxes.js';
import { startable } from '../../support/startable.js';

const hoarding = fixture('hoarding');
/** More engines than the limit has room for: each is five threads or more. */
const COPIES = 12;
/** More than the file system of the cage holds, which is 16 MiB. */
const MIB = 24;

interface Taken {
  readonly alive?: number;
  readonly written?: number;
  readonly open?: number;
  readonly before?: string | null;
  readonly refused: string | null;
}

let workshop: Launchers;
let folder: string;
beforeAll(async () => {
  workshop = await launchers();
  folder = mkdtempSync(join(tmpdir(), 'kari-hoard-'));
});
afterAll(async () => {
  await workshop.dispose();
  rmSync(folder, { recursive: true, force: true });
});

async function taken(level: 'L1' | 'L1+cage' | 'L2', way: string, input: object, engineUnchecked = false): Promise<Taken> {
  const launched = await workshop.launch(level, hoarding, 'S', { engineUnchecked });
  const answer = (await ask(launched, `plugin:self.${way}`, input)) as Taken;
  launched.kill('stopped');
  await launched.ended;
  return answer;
}
const control = (way: string, input: object, environment: Readonly<Record<string, string>> = {}): Promise<Taken> =>
  unsandboxed(hoarding, `plugin:self.${way}`, input, environment) as Promise<Taken>;

describe('without a sandbox: the controls', () => {
  it('as many processes, as much disk and as many descriptors as it likes', async () => {
    expect(await control('fork', { count: COPIES })).toEqual({ alive: COPIES, refused: null });
    expect(await control('files', { folder, mib: MIB })).toEqual({ written: MIB, refused: null });
    expect(await control('caching', { mib: MIB })).toEqual({ written: MIB, refused: null });
    expect(await control('descriptors', { count: 300 })).toEqual({ open: 300, refused: null });
  }, 60_000);

  it('and finds in a shared cache what somebody else left there', async () => {
    const shared = { DENO_DIR: join(folder, 'shared') };
    expect(await control('mark', { word: 'mine' }, shared)).toEqual({ before: null, refused: null });
    expect(await control('mark', { word: 'other' }, shared)).toEqual({ before: 'mine', refused: null });
    expect(await control('storage', { word: 'mine' }, shared)).toEqual({ refused: null });
  }, 30_000);
});

describe.each(startable)('at %s', (level) => {
  it('no other process is started, no file written, and no more than 256 descriptors are open', async () => {
    expect(await taken(level, 'fork', { count: 3 })).toMatchObject({ alive: 0, refused: 'NotCapable' });
    expect(await taken(level, 'files', { folder, mib: 1 })).toEqual({ written: 0, refused: 'NotCapable' });
    const { open = 0, refused } = await taken(level, 'descriptors', { count: 300 });
    expect([open < 256, refused === null]).toEqual([true, false]);
  });

  it('the cache is neither shared nor larger than the file system of the cage; at L1 there is none (32, 45)', async () => {
    const filled = await taken(level, 'caching', { mib: MIB });
    expect(filled.refused).not.toBeNull();
    expect(filled.written).toBeLessThan(level === 'L1' ? 1 : 17);
    const first = await taken(level, 'mark', { word: 'mine' });
    const second = await taken(level, 'mark', { word: 'other' });
    expect([first.before, second.before]).toEqual([null, null]);
    if (level !== 'L1') return;
    expect([first.refused === null, (await taken(level, 'storage', { word: 'mine' })).refused === null]).toEqual([false, false]);
  }, 60_000);
});

needs('linux', 'bwrap')('in the cage with the engine wide open', () => {
  it('no more disk than 16 MiB, wherever it writes (32)', async () => {
    for (const place of ['/tmp', '/dev/shm', '/dev', '/']) {
      const { written = 0, refused } = await taken('L1+cage', 'files', { folder: place, mib: MIB }, true);
      expect([place, written <= 16, refused === null]).toEqual([place, true, false]);
    }
  }, 60_000);
});

needs(
  'linux',
  'bwrap',
  'cgroup',
)('in the control group with the engine wide open', () => {
  it('a fork bomb stays within 32 tasks (31)', async () => {
    const launched = await workshop.launch('L2', hoarding, 'S', { engineUnchecked: true });
    let most = 0;
    const counting = setInterval(() => (most = Math.max(most, tasksOf(launched.pid))), 20);
    // Copies of the engine in so little memory may end the whole group: that is a limit, too.
    const outcome = await ask(launched, 'plugin:self.fork', { count: COPIES }).then(
      (answer) => (answer as Taken).alive ?? 0,
      () => 0,
    );
    clearInterval(counting);
    launched.kill('stopped');
    await launched.ended;
    expect(outcome).toBeLessThan(COPIES / 2);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(processLimit);
  }, 60_000);
});

needs(
  'linux',
  'bwrap',
  'cgroup',
)('a process that gets no processor', () => {
  let world: SandboxWorld;
  beforeAll(async () => {
    world = await SandboxWorld.open({ level: 'L2' });
  });
  afterAll(() => world.close());

  it('misses its deadlines, is not ended for that, and serves again once it gets some (57)', async () => {
    world.install(working, {});
    await world.call('self.work', { rounds: 1 });
    const pid = world.host.statuses(tenantA)[0]?.pid ?? 0;
    // A thousandth of a second in each: the kernel's own way to starve one process and nobody else.
    giveProcessor(pid, 1_000);
    const calls = await Promise.allSettled([1, 2, 3].map(() => world.call('self.work', { rounds: ONE_TENTH_SECOND })));
    expect(calls.map((call) => call.status === 'rejected' && (call.reason as { code: string }).code)).toEqual(
      calls.map(() => 'SANDBOX_DEADLINE'),
    );
    giveProcessor(pid, 1_000_000);
    await eventually(async () =>
      world.call('self.work', { rounds: 1 }).then(
        () => true,
        () => false,
      ),
    );
    expect(await world.types()).toEqual(['SandboxStarted', 'SandboxReady']);
    expect(world.host.statuses(tenantA)[0]?.pid).toBe(pid);
  }, 90_000);
});

needs(
  'linux',
  'bwrap',
  'cgroup',
)('noisy neighbours', () => {
  let world: SandboxWorld;
  beforeAll(async () => {
    world = await SandboxWorld.open({ level: 'L2' });
  });
  afterAll(() => world.close());

  it('have half a processor each, are scheduled behind everybody else, and leave others their answers (36)', async () => {
    world.install(working, { tenant: tenantB, extension: 'acme.quiet' });
    const quiet = await percentile(() => world.call('self.work', { rounds: 0 }, { tenant: tenantB, extension: 'acme.quiet' }));

    const loud = [1, 2, 3, 4].map((index) => `acme.loud-${index}`);
    for (const extension of loud) {
      world.install(fixture('looping'), { extension });
      await world.call('self.echo', 1, { extension });
    }
    const loops = Promise.allSettled(loud.map((extension) => world.call('self.loop', {}, { extension, deadlineMs: 5_000 })));
    const pids = loud.map((extension) => world.host.statuses(tenantA).find((one) => one.extension === extension)?.pid ?? 0);
    const began = performance.now();
    const before = pids.map(processorTime);
    const noisy = await percentile(() => world.call('self.work', { rounds: 0 }, { tenant: tenantB, extension: 'acme.quiet' }));
    const elapsed = performance.now() - began;
    const shares = pids.map((pid, index) => (processorTime(pid) - (before[index] ?? 0)) / elapsed);

    // The control of that reading: we ourselves are not.
    expect(policyOf(process.pid)).not.toBe(SCHED_IDLE);
    for (const pid of pids) expect(policyOf(treeOf(pid).at(-1) ?? 0)).toBe(SCHED_IDLE);
    for (const share of shares) expect(share).toBeLessThan(0.6);
    expect(shares.some((share) => share > 0)).toBe(true);
    // Generous, because the machine may be busy with others as well: what is excluded is that a neighbour waits for the loops.
    expect(noisy).toBeLessThan(Math.max(quiet * 10, 150));
    await loops;
    expect(await world.types('acme.quiet', tenantB)).toEqual(['SandboxStarted', 'SandboxReady']);
  }, 60_000);
});

/** Works for so many rounds, whatever the clock says. */
const working = `let sum = 0;
export async function start() { return { handlers: ['plugin:self.work'], async invoke(handler, { rounds }) {
  for (let round = 0; round < rounds; round += 1) sum = (sum * 31 + round) % 1000003;
  return sum;
} }; }`;
/** Of a processor, about. */
const ONE_TENTH_SECOND = 20_000_000;

const SCHED_IDLE = 5;
const CALLS = 200;

/** The 99th in a hundred, of calls made one after the other. */
async function percentile(call: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  await call();
  for (let index = 0; index < CALLS; index += 1) {
    const began = performance.now();
    await call();
    times.push(performance.now() - began);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return times.sort((one, other) => one - other)[Math.floor(CALLS * 0.99)] ?? 0;
}

function statOf(pid: number): readonly string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}
const policyOf = (pid: number): number => Number(statOf(pid)[38]);
const processorTime = (pid: number): number =>
  treeOf(pid).reduce(
    (sum, one) => sum + (existsSync(`/proc/${one}/stat`) ? (Number(statOf(one)[11]) + Number(statOf(one)[12])) * 10 : 0),
    0,
  );
const tasksOf = (pid: number): number =>
  treeOf(pid).reduce((sum, one) => sum + (existsSync(`/proc/${one}/task`) ? readdirSync(`/proc/${one}/task`).length : 0), 0);

/** Of each second, to the control group that holds the engine of that sandbox. */
function giveProcessor(pid: number, microseconds: number): void {
  const group = groupOf(pid);
  if (existsSync(join(group, 'cpu.max'))) return writeFileSync(join(group, 'cpu.max'), `${microseconds} 1000000`);
  writeFileSync(join(group, 'cpu.cfs_period_us'), '1000000');
  writeFileSync(join(group, 'cpu.cfs_quota_us'), String(microseconds));
}

function groupOf(pid: number): string {
  const lines = readFileSync(`/proc/${treeOf(pid).at(-1)}/cgroup`, 'utf8').split('\n');
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((one) => one.split(' '));
  const first = lines.find((line) => line.split(':')[1]?.split(',').includes('cpu'));
  const mount = mounts.find(([, , type, options]) =>
    first === undefined ? type === 'cgroup2' : type === 'cgroup' && options?.split(',').includes('cpu'),
  );
  return join(mount?.[1] ?? '', (first ?? lines.find((line) => line.startsWith('0::')) ?? '').split(':').slice(2).join(':'));
}
