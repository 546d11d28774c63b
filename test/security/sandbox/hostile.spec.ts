// Extensions that crash, grab, loop, stall and shout, at every level this machine can start (29, 30, 33-35, 37, 38, 40, 41, 53). Each ends with the
// reason that was foreseen, the host goes on answering, and a neighbour in another tenant never notices. The controls run the same bundles,
// doing nothing wrong. All begin together, because most of them wait for a limit; each test looks at the end of one.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  faultsOf,
  hostileCases,
  prepare,
  quiet,
  runAll,
  titleOf,
  type HostileCase,
  type HostileOutcome,
} from '../../support/hostile-cases.js';
import { eventually, SandboxWorld, tenantA } from '../../support/sandbox-world.js';
import { fixture } from '../../support/sandboxes.js';
import { startable } from '../../support/startable.js';

/** Of the host, whatever all of them send. */
const MOST_GROWTH = 64 * 1024 * 1024;

describe.each(startable)('at %s', (level) => {
  let world: SandboxWorld;
  let before: number;
  let outcomes: ReadonlyMap<HostileCase, Promise<HostileOutcome>>;
  let stubborn: Promise<unknown>;

  beforeAll(async () => {
    world = await SandboxWorld.open({ level, limits: { total: 80, perTenant: 80 } });
    await prepare(world);
    before = process.memoryUsage.rss();
    outcomes = runAll(world, hostileCases);
    stubborn = quiet(stopOf('acme.stubborn'));
  }, 60_000);
  afterAll(() => world.close());

  it.each(['crashing', 'greedy', 'slow', 'chatty', 'looping', 'polluting', 'hoarding'])(
    '%s does no harm when it does nothing: the control',
    async (name) => {
      world.install(fixture(name), { extension: `acme.${name}-control` });
      await expect(world.call('self.echo', { a: [1] }, { extension: `acme.${name}-control` })).resolves.toEqual({ a: [1] });
    },
  );

  it.each(hostileCases.map((one) => [titleOf(one), one] as const))(
    '%s ends as foreseen, the host answers, and nobody else notices',
    async (_, one) => {
      const outcome = await outcomes.get(one);
      expect(outcome === undefined ? ['it never ran'] : faultsOf(one, outcome)).toEqual([]);
    },
    90_000,
  );

  it('a sleeper is given none of the time that starvation excuses', async () => {
    const [, sleeping] = [...outcomes].find(([one]) => one.way === 'sleep') ?? [];
    // Seven seconds of the heartbeat; the rest is for a start on a busy machine.
    expect((await sleeping)?.millisecondsToEnd).toBeLessThan(25_000);
  }, 60_000);

  it('a process that ignores a stop is ended all the same (35)', async () => {
    expect(await stubborn).toEqual(['SANDBOX_STOPPED', 'SandboxStopped']);
  }, 60_000);

  it('an answer with a forbidden key is an error of that one call: the runner itself does not send it', async () => {
    world.install(fixture('polluting'), { extension: 'acme.polluting-answer' });
    await expect(
      world.call('self.polluteAnswer', { payload: '{"__proto__":{"polluted":1}}' }, { extension: 'acme.polluting-answer' }),
    ).rejects.toMatchObject({ code: expect.stringMatching(/PLUGIN_FAILED|SANDBOX_INPUT_UNSENDABLE/) });
  });

  it('an impatient caller loses its answer, and the process nothing; a late answer is heard by nobody', async () => {
    const extension = 'acme.slow-impatient';
    world.install(fixture('slow'), { extension });
    await world.call('self.echo', 1, { extension });
    for (const way of ['never', 'never', 'late'])
      await expect(world.call(`self.${way}`, {}, { extension, deadlineMs: 100 })).rejects.toMatchObject({ code: 'SANDBOX_DEADLINE' });
    await expect(world.call('self.echo', 'again', { extension })).resolves.toBe('again');
  });

  it('all of them together change no prototype, forge no call, and cost the host no memory', async () => {
    await Promise.allSettled(outcomes.values());
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(world.audited.filter(({ operation }) => operation === 'kv.put')).toEqual([]);
    expect(process.memoryUsage.rss() - before).toBeLessThan(MOST_GROWTH);
  }, 90_000);

  async function stopOf(extension: string): Promise<readonly unknown[]> {
    world.install(fixture('slow'), { extension });
    const call = world.call('self.never', {}, { extension }).catch(({ code }: { code: string }) => code);
    await eventually(() => world.host.statuses(tenantA).some((one) => one.extension === extension && one.state === 'ready'));
    await world.host.stop(tenantA, extension, 'enough');
    return [await call, (await world.types(extension)).at(-1)];
  }
});
