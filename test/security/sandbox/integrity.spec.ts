// What runs is what was registered: bundle and assets are hashed on the very bytes that will be read, at each start.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SandboxWorld, tenantA } from '../../support/sandbox-world.js';

const bundle = (word: string) => `
export async function start(host) {
  return {
    handlers: ['plugin:self.word'],
    async invoke(handler, { asset }) {
      if (asset === undefined) return '${word}';
      return Deno.readTextFile(new URL(asset, host.assets));
    },
  };
}`;

let world: SandboxWorld;
beforeAll(async () => {
  world = await SandboxWorld.open();
});
afterAll(() => world.close());

const word = (extension: string, input: object = {}) => world.call('self.word', input, { extension });

describe('at each start', () => {
  it('a changed bundle is refused and quarantined at once; the same bytes run: the control (47)', async () => {
    const good = world.install(bundle('good'), { extension: 'acme.good' });
    await expect(word('acme.good')).resolves.toBe('good');
    await world.host.stop(tenantA, 'acme.good', 'to start it anew');
    world.contents.tamper(good.version.bundleHash, bundle('evil'));
    await expect(word('acme.good')).rejects.toMatchObject({ code: 'SANDBOX_BUNDLE_CHANGED' });
    await expect(word('acme.good')).rejects.toMatchObject({ code: 'SANDBOX_QUARANTINED' });
    expect((await world.types('acme.good')).slice(-2)).toEqual(['SandboxStarted', 'SandboxQuarantined']);
  });

  it('an asset is readable under its name, a changed one is refused, an unlisted one does not exist (55)', async () => {
    const asset = world.contents.add('model');
    const installed = world.install(bundle('x'), { extension: 'acme.assets' });
    world.put({ ...installed, version: { ...installed.version, assets: { 'model.bin': asset } } });
    await expect(word('acme.assets', { asset: 'model.bin' })).resolves.toBe('model');
    await expect(word('acme.assets', { asset: 'other.bin' })).rejects.toMatchObject({ code: 'PLUGIN_FAILED' });

    const other = world.contents.add('original');
    const changed = world.install(bundle('x'), { extension: 'acme.changed' });
    world.put({ ...changed, version: { ...changed.version, assets: { 'model.bin': other } } });
    world.contents.tamper(other, 'tampered');
    await expect(word('acme.changed', { asset: 'model.bin' })).rejects.toMatchObject({ code: 'SANDBOX_BUNDLE_CHANGED' });
  });

  it.each(['../x', 'a,b', 'A.bin', '.hidden', 'a/b'])('an asset named %s is refused: it could widen what may be read', async (name) => {
    const installed = world.install(bundle('x'), { extension: 'acme.named' });
    world.put({
      ...installed,
      version: { ...installed.version, bundleHash: world.contents.add(bundle(name)), assets: { [name]: world.contents.add('x') } },
    });
    await expect(word('acme.named')).rejects.toMatchObject({ code: 'SANDBOX_BUNDLE_CHANGED' });
  });

  it('a bundle larger than its class allows is refused', async () => {
    world.install(`${bundle('x')}\n//${'x'.repeat(2 * 1024 * 1024)}`, { extension: 'acme.large' });
    await expect(word('acme.large')).rejects.toMatchObject({ code: 'SANDBOX_BUNDLE_TOO_LARGE' });
  });

  it('each process reads its own folder alone', async () => {
    world.install(bundle('mine'), { extension: 'acme.mine' });
    await expect(word('acme.mine', { asset: '../../b/bundle.mjs' })).rejects.toMatchObject({ code: 'PLUGIN_FAILED' });
  });
});
