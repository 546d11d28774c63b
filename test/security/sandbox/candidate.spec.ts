// Two versions of one extension side by side, with real processes: the one that serves and the one that is tried, the hand-over, and the end.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Installation } from '@kari/extension/contract';
import { eventually, SandboxWorld, tenantA } from '../../support/sandbox-world.js';

const bundle = (word: string): string => `
export async function start(host) {
  return {
    handlers: ['plugin:note.word', 'plugin:note.slow', 'hook:onUpgrade', 'hook:onHealthCheck'],
    async invoke(handler, input) {
      if (handler === 'plugin:note.slow') console.log('in hand');
      if (handler === 'plugin:note.slow') await new Promise((resolve) => setTimeout(resolve, input));
      if (handler === 'hook:onUpgrade') return { from: input.from, by: '${word}', version: host.extension.version };
      return '${word}';
    },
  };
}`;
const deaf = 'export async function start() { throw new Error("this one never starts"); }';

let world: SandboxWorld;
let made = 0;
beforeAll(async () => {
  world = await SandboxWorld.open({ limits: { total: 40, perTenant: 30 } });
});
afterAll(() => world.close());

/** Version 1.0.0 serving, and what 2.0.0 would be. */
async function serving(next = bundle('two'), status: Installation['status'] = 'enabled') {
  made += 1;
  const extension = `acme.candidate-${made}`;
  const old = world.install(bundle('one'), { extension, status });
  const version = {
    ...old.version,
    version: '2.0.0',
    bundleHash: world.contents.add(next),
    manifest: { ...old.version.manifest, version: '2.0.0' },
  };
  const word = (): Promise<unknown> => world.call('note.word', null, { extension });
  if (status === 'enabled') expect(await word()).toBe('one');
  return { extension, old, version, word, upgraded: { ...old, version } };
}
const hook = (extension: string, handler: string, input: unknown = {}): Promise<unknown> =>
  world.host.candidates.invoke({
    tenant: tenantA,
    extension,
    handler: handler as `hook:onUpgrade`,
    input,
    context: { correlationId: randomUUID(), actor: { id: 'system', kind: 'system' }, idempotencyKey: randomUUID() },
    depth: 0,
  });
const processes = (extension: string): readonly string[] =>
  world.host.candidates.all().flatMap((one) => (one.extension === extension ? [one.version] : []));
const status = (extension: string) => world.host.statuses(tenantA).find((one) => one.extension === extension);
const alive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('a version on trial', () => {
  it('runs its hooks beside the one that serves, which nobody else can tell', async () => {
    const { extension, version, word } = await serving();
    const before = await world.types(extension);
    await world.host.candidates.start(tenantA, version);
    await world.host.candidates.start(tenantA, version);
    expect(await hook(extension, 'hook:onUpgrade', { from: '1.0.0' })).toEqual({ from: '1.0.0', by: 'two', version: '2.0.0' });
    expect([await word(), status(extension)?.version, processes(extension)]).toEqual(['one', '1.0.0', ['2.0.0']]);
    await expect(hook(extension, 'plugin:note.word')).rejects.toThrow('SANDBOX_NOT_ENABLED');
    expect(await world.types(extension)).toEqual(before);
    await world.host.candidates.stop(tenantA, extension, 'enough');
    expect([processes(extension), await word()]).toEqual([[], 'one']);
    await expect(hook(extension, 'hook:onHealthCheck')).rejects.toThrow('SANDBOX_NO_CANDIDATE');
  });

  it('takes over with its own process: new calls go to it, the call in hand ends on the old one, which then ends', async () => {
    const { extension, version, word, upgraded } = await serving();
    await world.host.candidates.start(tenantA, version);
    const old = status(extension)?.pid ?? 0;
    const inHand = world.call('note.slow', 600, { extension });
    await eventually(() => world.observed.some((seen) => seen['extension'] === extension && seen['message'] === 'in hand'));
    world.put(upgraded);
    const words = await Promise.all(Array.from({ length: 30 }, word));
    expect([...new Set(words)]).toEqual(['two']);
    expect([alive(old), processes(extension)]).toEqual([true, []]);
    expect(await inHand).toBe('one');
    await eventually(() => !alive(old));
    expect(status(extension)).toMatchObject({ version: '2.0.0', state: 'ready' });
    expect(await world.types(extension)).toEqual(['SandboxStarted', 'SandboxReady', 'SandboxStarted', 'SandboxReady']);
  });

  it('is tried anew right after a way back, while its former process still serves', async () => {
    const { extension, old, version, word, upgraded } = await serving();
    await world.host.candidates.start(tenantA, version);
    world.put(upgraded);
    await eventually(() => status(extension)?.version === '2.0.0');
    world.put(old);
    await world.host.candidates.start(tenantA, version);
    expect(await hook(extension, 'hook:onUpgrade', { from: '1.0.0' })).toMatchObject({ by: 'two' });
    expect([processes(extension), await word()]).toEqual([['2.0.0'], 'one']);
  });

  it('takes over without any call, so that the old process does not stay', async () => {
    const { extension, version, upgraded } = await serving();
    await world.host.candidates.start(tenantA, version);
    const old = status(extension)?.pid ?? 0;
    world.put(upgraded);
    await eventually(() => !alive(old) && status(extension)?.version === '2.0.0' && status(extension)?.pid !== null);
  });

  it('loses and doubles no call under load, each answered by exactly one version', async () => {
    const { version, upgraded, word } = await serving();
    await world.host.candidates.start(tenantA, version);
    const answers: unknown[] = [];
    let going = true;
    const callers = Array.from({ length: 8 }, async () => {
      while (going) answers.push(await word());
    });
    await eventually(() => answers.length > 100);
    world.put(upgraded);
    await eventually(() => answers.filter((answer) => answer === 'two').length > 100);
    going = false;
    await Promise.all(callers);
    const first = answers.indexOf('two');
    expect(answers.every((answer) => answer === 'one' || answer === 'two')).toBe(true);
    // Calls in hand at the switch may end behind the first of the new version, and no more than there were callers.
    expect(answers.slice(first).filter((answer) => answer === 'one').length).toBeLessThanOrEqual(8);
  });

  it('that does not start leaves nothing behind, and the old one serves', async () => {
    const { extension, version, word } = await serving(deaf);
    await expect(world.host.candidates.start(tenantA, version)).rejects.toThrow('SANDBOX_START_FAILED');
    expect([processes(extension), await word(), status(extension)?.restarts]).toEqual([[], 'one', 0]);
  });

  it('outlives the end of the serving process for idleness, and ends with its tenant and its extension', async () => {
    const { extension, version } = await serving();
    await world.host.candidates.start(tenantA, version);
    await world.host.stop(tenantA, extension, 'idle for long');
    expect(processes(extension)).toEqual(['2.0.0']);
    world.remove(tenantA, extension);
    await eventually(() => processes(extension).length === 0);

    const other = await serving();
    await world.host.candidates.start(tenantA, other.version);
    await world.host.stopTenant(tenantA, 'the tenant is suspended');
    expect(processes(other.extension)).toEqual([]);
  });

  it('is tried for a disabled extension too, where the old one does not run', async () => {
    const { extension, version } = await serving(bundle('two'), 'disabled');
    await world.host.candidates.start(tenantA, version);
    expect(await hook(extension, 'hook:onHealthCheck')).toBe('two');
    expect(status(extension)?.pid).toBeNull();
    await world.host.candidates.stop(tenantA, extension, 'enough');
  });
});

describe('a version that was switched to and does not start', () => {
  it('leaves the old one serving, and its status says which version that is: the trial period judges by it', async () => {
    const { extension, upgraded, word } = await serving(deaf);
    world.put(upgraded);
    await eventually(async () => (await world.types(extension)).includes('SandboxCrashed'));
    expect([await word(), status(extension)?.version]).toEqual(['one', '1.0.0']);
  });
});
