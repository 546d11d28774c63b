// Extensions that break, as the operator of their tenant and the neighbours see it.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventually } from '../../support/client.js';
import { listen, startExtensionWorld, type ExtensionWorld, type Heard, type TenantDesk } from '../../support/extension-world.js';

let world: ExtensionWorld;
let a: TenantDesk;
let b: TenantDesk;

interface Step {
  readonly type: string;
  readonly extension: string;
  readonly reason: string;
}
interface State {
  readonly state: string;
  readonly reason: string;
  readonly crashes: number;
  readonly pid: number | null;
}

beforeAll(async () => {
  world = await startExtensionWorld();
  [a, b] = [await world.tenant('tenant-a'), await world.tenant('tenant-b')];
  await a.install('fixture.fragile', 'fixture.good');
  await b.install('fixture.fragile');
}, 120_000);

afterAll(() => world?.stop());

async function sandbox(tenant: TenantDesk): Promise<State> {
  return (await tenant.caller.data<{ sandbox: State }>('{ sandbox(extension: "fixture.fragile") { state reason crashes pid } }')).sandbox;
}
const alive = (tenant: TenantDesk): Promise<unknown> => tenant.call('break.nothing', {});
const echo = (text: string): Promise<unknown> => a.call('echo.say', { text });
const steps = (tenant: TenantDesk): Promise<Heard<Step>> =>
  listen<Step>(tenant.caller, 'subscription { sandboxStatus { type extension reason } }');

it('kills a process that takes too much memory, says so, and nobody else notices', async () => {
  const seen = await steps(a);
  const neighbour = await sandbox(b);
  const greedy = a.ask('break.memory', {});
  let over = false;
  void greedy.finally(() => (over = true));
  let served = 0;
  while (!over) {
    expect(await echo('beside it')).toEqual({ text: 'beside it' });
    expect(await alive(b)).toEqual({ alive: true });
    served += 1;
  }
  expect(served).toBeGreaterThan(0);
  const { errors } = await greedy;
  expect(errors[0]?.extensions.code).toBe('SANDBOX_CRASHED');
  expect(errors[0]?.message).toMatch(/memory/i);
  const [crash] = await seen.until((items) => items.some(({ type }) => type === 'SandboxCrashed'));
  expect(crash).toBeDefined();
  expect(seen.items.find(({ type }) => type === 'SandboxCrashed')?.reason).toMatch(/memory/i);
  expect(
    await eventually(
      () => sandbox(a),
      ({ crashes }) => crashes > 0,
    ),
  ).toMatchObject({ crashes: 1 });
  expect(await sandbox(b)).toMatchObject({ crashes: 0, pid: neighbour.pid ?? expect.any(Number) });
  expect(
    await eventually(
      () => a.refusal('break.nothing', {}),
      (code) => code === null,
    ),
  ).toBeNull();
  await seen.dispose();
}, 60_000);

it('waits longer after each crash, then puts the extension into quarantine until an operator releases it', async () => {
  const seen = await steps(a);
  const states = new Set<string>();
  await eventually(
    async () => {
      await a.ask('break.down', {});
      const { state } = await sandbox(a);
      states.add(state);
      return state;
    },
    (state) => state === 'QUARANTINED',
    45_000,
  );
  expect(states).toContain('BACKING_OFF');
  const quarantined = await sandbox(a);
  expect(quarantined.reason).toMatch(/broken on purpose|crash/i);
  await seen.until((items) => items.some(({ type, reason }) => type === 'SandboxQuarantined' && reason.length > 0));
  expect(await a.refusal('break.nothing', {})).toBe('SANDBOX_QUARANTINED');

  expect(await echo('still here')).toEqual({ text: 'still here' });
  expect(await alive(b)).toEqual({ alive: true });
  expect((await sandbox(b)).state).toBe('READY');
  expect(await b.caller.code('mutation { releaseSandbox(extension: "fixture.fragile") { status } }')).toBe('SANDBOX_NOT_QUARANTINED');

  await a.caller.data('mutation { releaseSandbox(extension: "fixture.fragile") { status } }');
  expect(
    await eventually(
      () => a.refusal('break.nothing', {}),
      (code) => code === null,
    ),
  ).toBeNull();
  await seen.until((items) => items.some(({ type }) => type === 'SandboxReleased'));
  expect((await sandbox(a)).state).toBe('READY');
  await seen.dispose();
}, 90_000);
