// A tenant that is suspended: what it runs ends, what it listens to closes, and nobody else is touched.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventually } from '../../support/client.js';
import { listen, lives, startExtensionWorld, type ExtensionWorld, type TenantDesk } from '../../support/extension-world.js';

let world: ExtensionWorld;
let a: TenantDesk;
let b: TenantDesk;
const WELL_WITHIN_MS = 10_000;

beforeAll(async () => {
  world = await startExtensionWorld();
  [a, b] = [await world.tenant('tenant-a'), await world.tenant('tenant-b')];
  await Promise.all([a.install('fixture.notes', 'fixture.relay'), b.install('fixture.notes')]);
}, 120_000);

afterAll(() => world?.stop());

const SANDBOXES = '{ sandboxes(first: 50) { nodes { extension state pid } } }';
const note = (tenant: TenantDesk): Promise<unknown> => tenant.call('note.set', { key: 'a', value: 'x' });

async function pids(tenant: TenantDesk): Promise<readonly number[]> {
  const { sandboxes } = await tenant.caller.data<{ sandboxes: { nodes: { pid: number | null }[] } }>(SANDBOXES);
  return sandboxes.nodes.flatMap(({ pid }) => (pid === null ? [] : [pid]));
}

it('stops its sandboxes, calls and sockets at once, leaves others alone, and comes back', async () => {
  await Promise.all([note(a), note(b), a.call('relay.who', {})]);
  const [ofA, ofB] = [
    await eventually(
      () => pids(a),
      (all) => all.length === 2,
    ),
    await eventually(
      () => pids(b),
      (all) => all.length === 1,
    ),
  ];
  expect([...ofA, ...ofB].every(lives)).toBe(true);
  const watched = await listen(a.caller, 'subscription { sandboxStatus { type } }');
  const neighbour = await listen<{ message: string }>(b.caller, 'subscription { logWritten(extension: "fixture.notes") { message } }');
  const underway = a.ask('relay.wait', {}, { deadlineMs: 9_000 });

  const began = performance.now();
  await world.operator.data('mutation ($id: ID!) { suspendTenant(id: $id, reason: "a test") { status } }', { id: a.id });
  await eventually(
    () => Promise.resolve(ofA.some(lives)),
    (any) => !any,
    WELL_WITHIN_MS,
  );
  await eventually(() => Promise.resolve(watched.closed()), Boolean, WELL_WITHIN_MS);
  expect((await underway).errors[0]?.extensions.code).toBeDefined();
  expect(performance.now() - began).toBeLessThan(WELL_WITHIN_MS);

  expect(await a.refusal('note.get', { key: 'a' })).toMatch(/^(REQUEST|TENANCY|SANDBOX)_/);
  const reopened = await listen(a.caller, 'subscription { sandboxStatus { type } }');
  await eventually(() => Promise.resolve(reopened.closed()), Boolean);

  expect(await pids(b)).toEqual(ofB);
  expect(neighbour.closed()).toBe(false);
  await b.call('note.tell', { value: 'unharmed' });
  await neighbour.until((lines) => lines.some(({ message }) => message === 'told'));

  await world.operator.data('mutation ($id: ID!) { resumeTenant(id: $id) { status } }', { id: a.id });
  await eventually(
    () => a.refusal('note.get', { key: 'a' }),
    (code) => code === null,
  );
  expect(await a.call('note.get', { key: 'a' })).toMatchObject({ value: 'x' });
  expect((await pids(a)).some((pid) => ofA.includes(pid))).toBe(false);
  await Promise.all([watched.dispose(), neighbour.dispose()]);
}, 90_000);
