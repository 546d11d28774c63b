// The supervisor with real processes: start, call, crash, restart, quarantine, upgrade, eviction, stop. Every step is read from the log.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Manifest } from '@kari/protocol/manifest';
import { eventually, SandboxWorld, tenantA, tenantB } from '../../support/sandbox-world.js';

const bundle = (word: string, handlers = '[]') => `
let configured = 'never';
export async function start(host) {
  configured = JSON.stringify(host.config);
  return {
    handlers: ['plugin:note.echo', 'plugin:note.crash', 'plugin:note.slow', 'plugin:note.fail', 'plugin:note.config', 'hook:onConfigChanged', 'hook:onUninstall', ...${handlers}],
    async invoke(handler, input, context, signal) {
      if (handler === 'plugin:note.crash') Deno.exit(3);
      if (handler === 'plugin:note.slow') return new Promise((resolve) => setTimeout(() => resolve('${word}'), input.milliseconds));
      if (handler === 'plugin:note.fail') throw Object.assign(new Error('no such note'), { code: 'UNAVAILABLE', reason: 'NOTE_MISSING', facts: { note: 7 } });
      if (handler === 'plugin:note.config') return configured;
      if (handler === 'hook:onConfigChanged') { configured = JSON.stringify(input); return null; }
      if (handler === 'hook:onUninstall') return 'goodbye';
      return { word: '${word}', input, extension: host.extension.id, tenant: context.tenant };
    },
  };
}`;

let world: SandboxWorld;
let made = 0;
/** Begun before the other tests, because it ends by the heartbeat: looked at by its own. */
let neverLoads: Promise<unknown>;
beforeAll(async () => {
  world = await SandboxWorld.open({ limits: { total: 40, perTenant: 30 } });
  world.install('export async function start() { for (;;); }', { extension: 'acme.never-loads' });
  neverLoads = world.host.start(tenantA, 'acme.never-loads').catch((error: unknown) => error);
});
afterAll(() => world.close());

function fresh(): string {
  made += 1;
  return `acme.notes-${made}`;
}
const call = (extension: string, plugin = 'note.echo', input: unknown = 1, more: object = {}) =>
  world.call(plugin, input, { extension, ...more });
const stateOf = (extension: string) => world.host.statuses(tenantA).find((one) => one.extension === extension)?.state;
const pidOf = (extension: string) => world.host.statuses(tenantA).find((one) => one.extension === extension)?.pid ?? 0;
const isGone = (pid: number) => {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
};

describe('a sandbox', () => {
  it('starts on first use, answers, and every step is in the log, each with one command', async () => {
    const extension = fresh();
    world.install(bundle('one'), { extension });
    expect(world.host.statuses(tenantA).find((one) => one.extension === extension)).toMatchObject({
      state: 'idle',
      pid: null,
      restarts: 0,
    });
    await expect(call(extension, 'note.echo', { a: 1 })).resolves.toEqual({ word: 'one', input: { a: 1 }, extension, tenant: tenantA });
    await eventually(() => stateOf(extension) === 'ready');
    const pid = pidOf(extension);
    await world.host.stop(tenantA, extension, 'enough');
    expect(await world.types(extension)).toEqual(['SandboxStarted', 'SandboxReady', 'SandboxStopped']);
    const commands = (await world.events())
      .filter(({ stream }) => stream.endsWith(`~${extension}`))
      .map(({ meta }) => [meta.commandType, meta.actor, meta.tenant]);
    expect(commands).toEqual(
      ['StartSandbox', 'ReportSandboxReady', 'ReportSandboxStopped'].map((command) => [command, 'system:sandbox.supervisor', tenantA]),
    );
    expect([isGone(pid), stateOf(extension)]).toEqual([true, 'stopped']);
  });

  it('is started once for calls that arrive together', async () => {
    const extension = fresh();
    world.install(bundle('one'), { extension });
    const answers = await Promise.all(Array.from({ length: 40 }, (_, index) => call(extension, 'note.echo', index)));
    expect(answers.map((answer) => (answer as { input: number }).input)).toEqual(Array.from({ length: 40 }, (_, index) => index));
    expect((await world.types(extension)).filter((type) => type === 'SandboxStarted')).toHaveLength(1);
  });

  it('is one for each tenant', async () => {
    const extension = fresh();
    world.install(bundle('one'), { extension });
    world.install(bundle('one'), { extension, tenant: tenantB });
    const [a, b] = await Promise.all([call(extension), call(extension, 'note.echo', 1, { tenant: tenantB })]);
    expect([a, b]).toMatchObject([{ tenant: tenantA }, { tenant: tenantB }]);
    const other = world.host.statuses(tenantB).find((one) => one.extension === extension)?.pid;
    expect(pidOf(extension)).not.toBe(other);
  });

  it("tells a plugin's own error as such, with its facts", async () => {
    const extension = fresh();
    world.install(bundle('one'), { extension });
    await expect(call(extension, 'note.fail')).rejects.toMatchObject({
      code: 'PLUGIN_FAILED',
      facts: { plugin: 'note.fail', extension, code: 'NOTE_MISSING', message: 'no such note', details: { note: 7 } },
    });
  });

  it('can be cancelled by its caller', async () => {
    const extension = fresh();
    world.install(bundle('one'), { extension });
    await call(extension);
    const controller = new AbortController();
    const slow = call(extension, 'note.slow', { milliseconds: 60_000 }, { signal: controller.signal });
    controller.abort();
    await expect(slow).rejects.toMatchObject({ code: 'SANDBOX_CANCELLED' });
    await expect(call(extension)).resolves.toBeDefined();
  });

  it('refuses what cannot be sent, what is nested too deep in calls, and what it does not have', async () => {
    const extension = fresh();
    world.install(bundle('one'), { extension });
    await expect(call(extension, 'note.echo', 'x'.repeat(2 * 1024 * 1024))).rejects.toMatchObject({ code: 'SANDBOX_INPUT_UNSENDABLE' });
    await expect(call(extension, 'note.echo', 1, { depth: 9 })).rejects.toMatchObject({ code: 'SANDBOX_DEPTH' });
    await expect(call(extension, 'note.unknown')).rejects.toMatchObject({ code: 'SANDBOX_NO_HANDLER' });
    await expect(call('acme.nobody')).rejects.toMatchObject({ code: 'SANDBOX_NOT_INSTALLED' });
  });

  it('learns of a new configuration while it runs, and starts with the newest', async () => {
    const extension = fresh();
    world.configure(tenantA, extension, { colour: 'red' });
    world.install(bundle('one'), { extension });
    await expect(call(extension, 'note.config')).resolves.toBe('{"colour":"red"}');
    world.configure(tenantA, extension, { colour: 'blue' });
    await eventually(async () => (await call(extension, 'note.config')) === '{"colour":"blue"}');
  });
});

describe('after a crash', () => {
  it('the caller is told, the sandbox comes back by itself, and calls wait for it', async () => {
    const extension = fresh();
    world.install(bundle('one'), { extension });
    await expect(call(extension, 'note.crash')).rejects.toMatchObject({ code: 'SANDBOX_CRASHED' });
    await expect(call(extension)).resolves.toMatchObject({ input: 1 });
    await eventually(async () => (await world.types(extension)).length === 5);
    expect(await world.types(extension)).toEqual(['SandboxStarted', 'SandboxReady', 'SandboxCrashed', 'SandboxStarted', 'SandboxReady']);
    const crash = (await world.events()).find(({ type, stream }) => type === 'SandboxCrashed' && stream.endsWith(`~${extension}`));
    expect(crash?.data).toMatchObject({ exit: { kind: 'exited', code: 3 }, consecutive: 1, stillServing: null });
  });

  it('a call that cannot wait is told for how long', async () => {
    const extension = fresh();
    world.install(bundle('one'), { extension });
    await expect(call(extension, 'note.crash')).rejects.toMatchObject({ code: 'SANDBOX_CRASHED' });
    await eventually(async () => (await world.types(extension)).includes('SandboxCrashed'));
    await expect(call(extension, 'note.echo', 1, { deadlineMs: 1 })).rejects.toMatchObject({
      code: expect.stringMatching(/SANDBOX_(BACKING_OFF|DEADLINE)/),
    });
  });

  it('the fifth in ten minutes quarantines; a release is a trial; one more crash quarantines again (42)', async () => {
    const extension = fresh();
    world.install(bundle('one'), { extension });
    world.install(bundle('one'), { extension, tenant: tenantB });
    for (let crash = 0; crash < 5; crash += 1)
      await expect(call(extension, 'note.crash')).rejects.toMatchObject({ code: 'SANDBOX_CRASHED' });
    await eventually(() => stateOf(extension) === 'quarantined');
    await expect(call(extension)).rejects.toMatchObject({ code: 'SANDBOX_QUARANTINED' });
    await expect(call(extension, 'note.echo', 1, { tenant: tenantB })).resolves.toMatchObject({ tenant: tenantB });

    await world.command('ReleaseSandbox', { extension });
    await expect(call(extension)).resolves.toMatchObject({ input: 1 });
    await expect(call(extension, 'note.crash')).rejects.toMatchObject({ code: 'SANDBOX_CRASHED' });
    await eventually(() => stateOf(extension) === 'quarantined');

    world.install(bundle('two'), { extension, version: '1.0.1' });
    await expect(call(extension)).resolves.toMatchObject({ word: 'two' });
    expect(await world.types(extension)).toContain('SandboxReleased');
  });
});

describe('a bundle', () => {
  it('that lacks a declared handler does not start, and says which (56)', async () => {
    const extension = fresh();
    const plugins = { 'note.lost': {} } as unknown as NonNullable<Manifest['plugins']>;
    world.install(bundle('one'), { extension, manifest: { plugins } });
    await expect(world.host.start(tenantA, extension)).rejects.toMatchObject({
      code: 'SANDBOX_HANDLER_MISSING',
      facts: { handlers: ['plugin:note.lost'] },
    });
    await eventually(async () => (await world.types(extension)).includes('SandboxCrashed'));
  });

  it('that throws while it loads does not start, and says why', async () => {
    const extension = fresh();
    world.install(`export async function start() { throw new Error('no database here'); }`, { extension });
    await expect(world.host.start(tenantA, extension)).rejects.toMatchObject({
      code: 'SANDBOX_START_FAILED',
      facts: { reason: 'no database here' },
    });
    await eventually(() =>
      world.observed.some(
        (seen) => seen.kind === 'logged' && seen['extension'] === extension && String(seen['message']).includes('no database here'),
      ),
    );
  });

  it('that exports no start(), answers nonsense, or never loads does not start', async () => {
    for (const [text, code] of [
      ['export const x = 1;', 'SANDBOX_START_FAILED'],
      ['export async function start() { return { handlers: "all" }; }', 'SANDBOX_START_FAILED'],
    ] as const) {
      const extension = fresh();
      world.install(text, { extension });
      await expect(world.host.start(tenantA, extension)).rejects.toMatchObject({ code });
    }
    expect(await neverLoads).toMatchObject({ code: 'SANDBOX_START_FAILED' });
    const crash = (await world.events()).find(({ type, stream }) => type === 'SandboxCrashed' && stream.endsWith('~acme.never-loads'));
    expect((crash?.data as { exit: { kind: string } } | undefined)?.exit.kind).toMatch(/^(heartbeat|start-timeout)$/);
  }, 60_000);

  it('of a new version takes over while the old one finishes its calls; one that will not start leaves the old serving (56)', async () => {
    const extension = fresh();
    world.install(bundle('one'), { extension });
    await call(extension);
    const inHand = call(extension, 'note.slow', { milliseconds: 1500 });
    await new Promise(setImmediate);
    world.install(bundle('two'), { extension, version: '2.0.0' });
    await world.host.start(tenantA, extension);
    await expect(call(extension)).resolves.toMatchObject({ word: 'two' });
    await expect(inHand).resolves.toBe('one');

    const lost = { plugins: { 'note.lost': {} } as unknown as NonNullable<Manifest['plugins']> };
    // The host's second call is the load: the bundle answers it before the runner does.
    const foreign = `export async function start() {
      Deno.stdout.writeSync(new TextEncoder().encode('{"jsonrpc":"2.0","id":2,"result":{"protocol":2,"handlers":[]}}\\n'));
      return { handlers: [], async invoke() {} };
    }`;
    for (const [text, version, manifest, code] of [
      ['export const broken = true;', '3.0.0', {}, 'SANDBOX_START_FAILED'],
      [bundle('three'), '3.0.1', lost, 'SANDBOX_HANDLER_MISSING'],
      [foreign, '3.0.2', {}, 'SANDBOX_PROTOCOL_MISMATCH'],
    ] as const) {
      world.install(text, { extension, version, manifest });
      await expect(world.host.start(tenantA, extension)).rejects.toMatchObject({ code });
      await expect(call(extension)).resolves.toMatchObject({ word: 'two' });
      await eventually(() => stateOf(extension) === 'ready');
    }
  });
});

describe('a sandbox ends', () => {
  it('when its extension is disabled or removed, and only hooks may still run', async () => {
    const extension = fresh();
    const installed = world.install(bundle('one'), { extension });
    await call(extension);
    const pid = pidOf(extension);
    world.put({ ...installed, status: 'disabled' });
    await eventually(() => isGone(pid));
    await expect(call(extension)).rejects.toMatchObject({ code: 'SANDBOX_NOT_ENABLED' });
    await expect(world.call('', {}, { extension, handler: 'hook:onUninstall' })).resolves.toBe('goodbye');
    await eventually(() => stateOf(extension) === 'stopped' && pidOf(extension) === 0);
    world.remove(tenantA, extension);
    await expect(call(extension)).rejects.toMatchObject({ code: 'SANDBOX_NOT_INSTALLED' });
  });

  it('with all others of its tenant, at once, when the tenant is suspended', async () => {
    const extension = fresh();
    world.install(bundle('one'), { extension, tenant: tenantB });
    world.install(bundle('one'), { extension });
    await Promise.all([call(extension, 'note.echo', 1, { tenant: tenantB }), call(extension)]);
    const pids = world.host.statuses(tenantB).flatMap(({ pid }) => (pid === null ? [] : [pid]));
    const slow = call(extension, 'note.slow', { milliseconds: 60_000 }, { tenant: tenantB });
    const told = expect(slow).rejects.toMatchObject({ code: 'SANDBOX_STOPPED' });
    // In the hands of the process by then.
    await new Promise(setImmediate);
    world.setTenant(tenantB, 'suspended');
    await told;
    await eventually(() => pids.every(isGone));
    await expect(call(extension, 'note.echo', 1, { tenant: tenantB })).rejects.toMatchObject({ code: 'SANDBOX_TENANT_INACTIVE' });
    await expect(call(extension)).resolves.toBeDefined();
    world.setTenant(tenantB, 'active');
    await expect(call(extension, 'note.echo', 1, { tenant: tenantB })).resolves.toBeDefined();
  });

  it('and starts again when an operator asks for it', async () => {
    const extension = fresh();
    world.install(bundle('one'), { extension });
    await call(extension);
    await eventually(() => stateOf(extension) === 'ready');
    const pid = pidOf(extension);
    await world.command('RestartSandbox', { extension });
    await eventually(async () => (await world.types(extension)).filter((type) => type === 'SandboxReady').length === 2);
    expect([isGone(pid), pidOf(extension) === pid]).toEqual([true, false]);
    expect((await world.types(extension)).slice(2)).toEqual([
      'SandboxRestartRequested',
      'SandboxStopped',
      'SandboxStarted',
      'SandboxReady',
    ]);
  });
});

describe('an eager extension', () => {
  it('runs as soon as it is enabled', async () => {
    const extension = fresh();
    world.install(bundle('one'), { extension, manifest: { activation: 'eager' } });
    await eventually(() => stateOf(extension) === 'ready');
  });
});

describe('many calls at once', () => {
  it('beyond 32 wait their turn while pings go through, and calls given up do not block their successors', async () => {
    const extension = fresh();
    world.install(bundle('one'), { extension });
    await call(extension);
    const given = Array.from({ length: 40 }, () => {
      const controller = new AbortController();
      const slow = call(extension, 'note.slow', { milliseconds: 5000 }, { signal: controller.signal });
      setTimeout(() => controller.abort(), 100);
      return slow;
    });
    expect((await Promise.allSettled(given)).every(({ status }) => status === 'rejected')).toBe(true);
    const slow = await Promise.all(Array.from({ length: 64 }, () => call(extension, 'note.slow', { milliseconds: 1200 })));
    expect(slow).toHaveLength(64);
  });

  it('beyond what may wait are refused', async () => {
    const extension = fresh();
    world.install(bundle('one'), { extension });
    await call(extension);
    const results = await Promise.allSettled(Array.from({ length: 300 }, () => call(extension, 'note.slow', { milliseconds: 300 })));
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused).toHaveLength(300 - 32 - 256);
    expect(refused.map((result) => (result.reason as { code: string }).code)).toEqual(refused.map(() => 'SANDBOX_BUSY'));
  });
});
