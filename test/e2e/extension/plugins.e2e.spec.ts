// Plugins across extensions: composition, what a lying or a slow one leads to, depth, names that nobody knows, and who is told to have called.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startExtensionWorld, type ExtensionWorld, type TenantDesk } from '../../support/extension-world.js';

let world: ExtensionWorld;
let tenant: TenantDesk;

beforeAll(async () => {
  world = await startExtensionWorld();
  tenant = await world.tenant('tenant-a');
  await tenant.install('fixture.relay', 'fixture.good', 'fixture.lying', 'fixture.composer');
}, 120_000);

afterAll(() => world?.stop());

it('lets one extension answer with the help of another', async () => {
  const answer = await tenant.call('compose.ask', { plugin: 'echo.say', input: { text: 'hello' } });
  expect(answer).toEqual({ output: { text: 'hello' }, extension: 'fixture.good', refused: [] });
});

it('finds a second plugin where the first one lies, is slow or is not there', async () => {
  const otherwise = 'echo.say';
  const input = { text: 'second' };
  const second = { output: input, extension: 'fixture.good' };
  expect(await tenant.call('compose.ask', { plugin: 'output.wrong', input, otherwise })).toEqual({
    ...second,
    refused: [expect.stringContaining('PLUGIN_OUTPUT_INVALID')],
  });
  expect(await tenant.call('compose.ask', { plugin: 'relay.wait', otherwise, deadlineMs: 300 })).toMatchObject({
    refused: [expect.stringContaining('DEADLINE'), expect.anything()],
  });
  expect(await tenant.call('compose.ask', { plugin: 'echo.never', input, otherwise })).toEqual({
    ...second,
    refused: [expect.stringMatching(/^DENIED /)],
  });
});

it('answers a caller outside with the fallback it named', async () => {
  const { data } = await tenant.ask('output.wrong', { text: 'a' }, { fallback: { plugin: 'echo.say' } });
  expect(data?.callPlugin).toMatchObject({ output: { text: 'a' }, extension: 'fixture.good', fellBackFrom: expect.any(String) });
  const value = await tenant.ask('output.wrong', { text: 'a' }, { fallback: { value: { text: 'kept for this' } } });
  expect(value.data?.callPlugin.output).toEqual({ text: 'kept for this' });
});

it('lets no lie of an extension pass', async () => {
  expect(await tenant.refusal('output.wrong', { text: 'a' })).toBe('PLUGIN_OUTPUT_INVALID');
  expect(await tenant.refusal('output.extra', { text: 'a' })).toBe('PLUGIN_OUTPUT_INVALID');
  for (const plugin of ['error.undeclared', 'error.details']) {
    const { errors } = await tenant.ask(plugin, { text: 'a' });
    expect(errors[0]?.extensions).toMatchObject({
      code: 'PLUGIN_FAILED',
      facts: { extension: 'fixture.lying', declared: plugin === 'error.details' },
    });
    expect(JSON.stringify(errors)).not.toContain('seven');
    expect(errors[0]?.message).not.toContain('..');
  }
  expect(await tenant.refusal('effect.hidden', { text: 'a' })).not.toBeNull();
  expect(await tenant.call('echo.say', { text: 'unharmed' })).toEqual({ text: 'unharmed' });
});

it('ends slow calls when their callers wait no longer, and no caller kills an extension by impatience', async () => {
  const started = performance.now();
  for (let call = 0; call < 4; call += 1) {
    expect(await tenant.refusal('relay.wait', {}, { timeoutMs: 100 })).toBe('PLUGIN_TIMEOUT');
    expect(await tenant.refusal('relay.wait', {}, { deadlineMs: 100 })).toBe('PLUGIN_DEADLINE');
  }
  expect(performance.now() - started).toBeLessThan(10_000);
  expect(await tenant.call('relay.who', {})).toMatchObject({ tenant: tenant.id });
  const { sandbox } = await tenant.caller.data<{ sandbox: unknown }>('{ sandbox(extension: "fixture.relay") { state crashes } }');
  expect(sandbox).toEqual({ state: 'READY', crashes: 0 });
});

it('stops a circle of calls at the depth that is allowed', async () => {
  const deep = await tenant.call<{ depth: number; stopped: string | null }>('relay.down', { steps: 30 });
  expect(deep).toEqual({ depth: 9, stopped: 'PLUGIN_DEPTH_EXCEEDED' });
  expect(await tenant.call('relay.down', { steps: 3 })).toEqual({ depth: 4, stopped: null });
});

it('helps a caller who names a plugin that is not there', async () => {
  const unknown = (await tenant.ask('echo.sey', { text: 'a' })).errors[0];
  expect(unknown?.extensions.code).toBe('PLUGIN_NOT_FOUND');
  expect(JSON.stringify(unknown)).toContain('echo.say');
  expect(await tenant.refusal('no plugin at all', {})).toBe('PLUGIN_REFERENCE_INVALID');
  const wrong = (await tenant.ask('echo.say', { text: 7 })).errors[0];
  expect(wrong?.extensions.code).toBe('PLUGIN_INPUT_INVALID');
  expect(wrong?.message).toContain('/text');
});

it('tells the called one who calls: the member, or the extension in between', async () => {
  const { me } = await tenant.caller.data<{ me: { id: string } }>('{ me { id } }');
  const direct = await tenant.call('relay.who', {});
  expect(direct).toMatchObject({ id: me.id, tenant: tenant.id });
  const through = await tenant.call('compose.ask', { plugin: 'relay.who' });
  expect(through).toMatchObject({ output: { id: 'fixture.composer', kind: 'extension', tenant: tenant.id } });
});
