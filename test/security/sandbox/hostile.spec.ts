// Extensions that crash, grab, loop, stall and shout, at every level this machine can start. Each ends with the reason that was foreseen, the
// host goes on answering, and a neighbour in another tenant never notices. The controls run the same bundles, doing nothing wrong.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, SandboxWorld, tenantA, tenantB } from '../../support/sandbox-world.js';
import { fixture } from '../../support/sandboxes.js';
import { startable } from '../../support/startable.js';

const innocent = `export async function start() { return { handlers: ['plugin:self.echo'], async invoke(_, input) { return input; } }; }`;

/** The silence that counts, and the most that starvation may excuse. */
const EXCUSED_MS = 40_000;

describe.each(startable)('at %s', (level) => {
  let world: SandboxWorld;
  let made = 0;

  beforeAll(async () => {
    world = await SandboxWorld.open({ level });
    world.install(innocent, { tenant: tenantB, extension: 'acme.innocent' });
    await world.call('self.echo', 1, { tenant: tenantB, extension: 'acme.innocent' });
  });
  afterAll(() => world.close());

  function installed(name: string): string {
    made += 1;
    const extension = `acme.${name}-${made}`;
    world.install(fixture(name), { extension });
    return extension;
  }
  async function exitOf(extension: string, withinMs = 20_000): Promise<unknown> {
    await eventually(async () => (await world.types(extension)).includes('SandboxCrashed'), withinMs);
    const crash = (await world.events()).find(({ type, stream }) => type === 'SandboxCrashed' && stream.endsWith(`~${extension}`));
    return (crash?.data as { exit: { kind: string } } | undefined)?.exit.kind;
  }
  async function unharmed(): Promise<void> {
    await expect(world.call('self.echo', 'still here', { tenant: tenantB, extension: 'acme.innocent' })).resolves.toBe('still here');
    expect(await world.types('acme.innocent', tenantB)).toEqual(['SandboxStarted', 'SandboxReady']);
  }

  it.each(['crashing', 'greedy', 'slow', 'chatty', 'looping', 'polluting'])(
    '%s does no harm when it does nothing: the control',
    async (name) => {
      await expect(world.call('self.echo', { a: [1] }, { extension: installed(name) })).resolves.toEqual({ a: [1] });
    },
  );

  describe('crashing', () => {
    it.each([
      ['exit', 'exited'],
      ['throwLater', 'exited'],
      ['reject', 'exited'],
      ['overflow', 'exited'],
    ])('by %s is told to the caller and written down', async (way, kind) => {
      const extension = installed('crashing');
      await expect(world.call(`self.${way}`, {}, { extension })).rejects.toMatchObject({ code: 'SANDBOX_CRASHED' });
      expect(await exitOf(extension)).toBe(kind);
      await unharmed();
    });
  });

  describe('greedy', () => {
    it.each([
      ['heap', ['heap', 'memory']],
      ['buffers', ['memory']],
      ['wasm', ['memory']],
      ['workers', ['heap', 'memory']],
    ])('for %s is ended, not the host', async (way, kinds) => {
      const extension = installed('greedy');
      await expect(world.call(`self.${way}`, {}, { extension })).rejects.toMatchObject({ code: 'SANDBOX_CRASHED' });
      expect(kinds).toContain(await exitOf(extension));
      await unharmed();
    });
  });

  it('looping or sleeping, in any form, is found by the heartbeat within seven seconds of its own', async () => {
    // A sleeper wants no processor: that is not starvation. A loop of microtasks may fill its heap first.
    const ways = [
      { name: 'looping', way: 'loop', kinds: ['heartbeat'] },
      { name: 'looping', way: 'regex', kinds: ['heartbeat'] },
      { name: 'looping', way: 'microtasks', kinds: ['heartbeat', 'heap', 'memory'] },
      { name: 'slow', way: 'sleep', kinds: ['heartbeat'] },
    ].map((one) => ({ ...one, extension: installed(one.name) }));
    await Promise.all(ways.map(({ extension }) => world.call('self.echo', 1, { extension })));
    const began = performance.now();
    const calls = Promise.allSettled(ways.map(({ way, extension }) => world.call(`self.${way}`, { milliseconds: 60_000 }, { extension })));
    await unharmed();
    const codes = (await calls).map((call) => call.status === 'rejected' && (call.reason as { code: string }).code);
    const took = performance.now() - began;
    // A loop that a busy host gives no processor to is excused for a while: then its caller hears of the deadline first. A sleeper never is.
    expect(codes.at(-1)).toBe('SANDBOX_CRASHED');
    for (const code of codes) expect(['SANDBOX_CRASHED', 'SANDBOX_DEADLINE']).toContain(code);
    if (codes.every((code) => code === 'SANDBOX_CRASHED')) expect(took).toBeLessThan(10_000);
    for (const { extension, kinds } of ways) expect(kinds).toContain(await exitOf(extension, EXCUSED_MS));
  }, 60_000);

  describe('slow', () => {
    it('costs an impatient caller its answer, and the process nothing', async () => {
      const extension = installed('slow');
      await world.call('self.echo', 1, { extension });
      for (let call = 0; call < 3; call += 1)
        await expect(world.call('self.never', {}, { extension, deadlineMs: 50 })).rejects.toMatchObject({ code: 'SANDBOX_DEADLINE' });
      await expect(world.call('self.echo', 'again', { extension })).resolves.toBe('again');
    });

    it('costs the process its life when it misses the deadline of its class twice', async () => {
      const extension = installed('slow');
      await world.call('self.echo', 1, { extension });
      const calls = await Promise.allSettled([1, 2].map(() => world.call('self.never', {}, { extension })));
      expect(calls).toMatchObject([1, 2].map(() => ({ reason: { code: 'SANDBOX_DEADLINE' } })));
      expect(await exitOf(extension)).toBe('deadline');
      await unharmed();
    });

    it('may answer late: nobody listens, and nothing breaks', async () => {
      const extension = installed('slow');
      await world.call('self.echo', 1, { extension });
      await expect(world.call('self.late', {}, { extension, deadlineMs: 150 })).rejects.toMatchObject({ code: 'SANDBOX_DEADLINE' });
      await expect(world.call('self.echo', 'fine', { extension })).resolves.toBe('fine');
    });

    it('cannot outlive a stop that it ignores', async () => {
      const extension = installed('slow');
      const call = world.call('self.never', {}, { extension });
      await eventually(() => world.host.statuses(tenantA).some((one) => one.extension === extension && one.state === 'ready'));
      const stopped = world.host.stop(tenantA, extension, 'enough');
      await expect(call).rejects.toMatchObject({ code: 'SANDBOX_STOPPED' });
      await stopped;
      expect((await world.types(extension)).at(-1)).toBe('SandboxStopped');
    });
  });

  describe('chatty', () => {
    it.each(['noNewline', 'strays', 'tooLarge', 'deep'])('with %s is ended for breaking the protocol, and costs no memory', async (way) => {
      const extension = installed('chatty');
      await world.call('self.echo', 1, { extension });
      const before = process.memoryUsage.rss();
      await expect(world.call(`self.${way}`, {}, { extension })).rejects.toMatchObject({ code: 'SANDBOX_CRASHED' });
      expect(process.memoryUsage.rss() - before).toBeLessThan(64 * 1024 * 1024);
      expect(await exitOf(extension)).toBe('protocol');
      await unharmed();
    });

    it('on the console is cut to 64 KiB a second', async () => {
      const extension = installed('chatty');
      await expect(world.call('self.console', {}, { extension })).resolves.toBe('done');
      await eventually(
        () =>
          world.observed.some((seen) => seen['extension'] === extension && String(seen['message']).includes('dropped')) ||
          isQuiet(extension),
      );
      const bytes = world.observed
        .filter((seen) => seen.kind === 'logged' && seen['extension'] === extension)
        .reduce((sum, { message }) => sum + String(message).length, 0);
      expect(bytes).toBeLessThan(300_000);
    });
    function isQuiet(extension: string): boolean {
      return world.observed.filter((seen) => seen['extension'] === extension).length > 400;
    }

    it('with a thousand calls at once is slowed and told LIMIT, and goes on living', async () => {
      const extension = installed('chatty');
      const answers = (await world.call('self.calls', {}, { extension })) as readonly string[];
      expect(answers).toHaveLength(1000);
      expect(new Set(answers)).toEqual(new Set(['ok', 'LIMIT']));
      await expect(world.call('self.echo', 'alive', { extension })).resolves.toBe('alive');
    });

    it('cannot forge a frame through the console', async () => {
      const extension = installed('chatty');
      await world.call('self.forgedConsole', {}, { extension });
      await eventually(() => world.observed.some((seen) => seen['extension'] === extension && String(seen['message']).includes('kv.put')));
      expect(world.audited.filter(({ operation }) => operation === 'kv.put')).toEqual([]);
    });
  });

  describe('polluting', () => {
    it.each([
      '{"__proto__":{"polluted":1}}',
      '{"request":{"a":[{"constructor":{"prototype":{"polluted":1}}}]}}',
      '{"\\u005f_proto__":{"polluted":1}}',
    ])('by the frame %s is ended, and no prototype has changed', async (payload) => {
      const extension = installed('polluting');
      await expect(world.call('self.pollute', { payload }, { extension }))
        .resolves.toBeDefined()
        .catch(() => undefined);
      expect(await exitOf(extension)).toBe('protocol');
      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
      await unharmed();
    });

    it('by an answer is an error of that one call: the runner itself does not send it', async () => {
      const extension = installed('polluting');
      await expect(world.call('self.polluteAnswer', { payload: '{"__proto__":{"polluted":1}}' }, { extension })).rejects.toMatchObject({
        code: expect.stringMatching(/PLUGIN_FAILED|SANDBOX_INPUT_UNSENDABLE/),
      });
      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    });
  });
});
