// A grant as the operator of a tenant gives and takes it, seen from inside the sandbox that uses it.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventually } from '../../support/client.js';
import { startExtensionWorld, type ExtensionWorld, type TenantDesk } from '../../support/extension-world.js';

let world: ExtensionWorld;
let a: TenantDesk;
let b: TenantDesk;

beforeAll(async () => {
  world = await startExtensionWorld();
  [a, b] = [await world.tenant('tenant-a'), await world.tenant('tenant-b')];
  await Promise.all([a.install('fixture.notes'), b.install('fixture.notes')]);
}, 120_000);

afterAll(() => world?.stop());

interface Outcome {
  readonly version: number | null;
  readonly code: string | null;
  readonly reason: string | null;
}
const set = (tenant: TenantDesk): Promise<Outcome> => tenant.call('note.set', { key: 'a', value: 'x' });
const why = async (request: unknown, method = 'kv.set'): Promise<{ allowed: boolean; check: string | null; why: string | null }> => {
  const { whyDenied } = await a.caller.data<{ whyDenied: { allowed: boolean; check: string | null; why: string | null } }>(
    'query ($method: String!, $request: String!) { whyDenied(extension: "fixture.notes", method: $method, request: $request) { allowed check why } }',
    { method, request: JSON.stringify(request) },
  );
  return whyDenied;
};
const granted = async (tenant: TenantDesk, waitFor: string): Promise<Record<string, string>> => {
  const { extension } = await tenant.caller.data<{ extension: { grants: { id: string; state: string }[] } }>(
    'query ($waitFor: String) { extension(extension: "fixture.notes", waitFor: $waitFor) { grants { id state } } }',
    { waitFor },
  );
  return Object.fromEntries(extension.grants.map(({ id, state }) => [id, state]));
};

it('is gone within 100 ms of the answer that took it, in that tenant alone, and comes back', async () => {
  expect(await set(a)).toMatchObject({ code: null });
  const { revokeGrant: revoked } = await a.caller.data<{ revokeGrant: { position: string } }>(
    'mutation { revokeGrant(extension: "fixture.notes", grant: "kv") { position } }',
  );
  const answered = performance.now();
  let sent = answered;
  let outcome = await set(a);
  while (outcome.code === null && sent - answered < 100) {
    sent = performance.now();
    outcome = await set(a);
  }
  expect(outcome).toMatchObject({ version: null, code: 'DENIED' });
  expect(await set(b)).toMatchObject({ code: null });
  expect((await granted(a, revoked.position))['kv']).toBe('REVOKED');
  expect((await granted(b, revoked.position))['kv']).toBe('GRANTED');

  await a.caller.data('mutation { giveGrant(extension: "fixture.notes", grant: "kv") { revision } }');
  expect(await set(a)).toMatchObject({ code: null });
}, 60_000);

it('says which check would refuse a call', async () => {
  const request = { key: 'a', value: 'x' };
  expect(await why(request)).toEqual({ allowed: true, check: null, why: null });
  await a.caller.data('mutation { revokeGrant(extension: "fixture.notes", grant: "kv") { revision } }');
  expect(await why(request)).toMatchObject({ allowed: false, check: 'grant', why: expect.stringMatching(/kv|grant/) });
  await a.caller.data('mutation { giveGrant(extension: "fixture.notes", grant: "kv") { revision } }');
  expect(await why({ url: 'https://example.org/' }, 'http.fetch')).toMatchObject({ allowed: false, check: 'manifest' });
  expect(await why({ key: 7 })).toMatchObject({ allowed: false, check: 'schema' });
  expect(await why(request, 'kv.explode')).toMatchObject({ allowed: false, check: 'method' });
  await a.caller.data('mutation { disableExtension(extension: "fixture.notes") { revision } }');
  expect(await why(request)).toMatchObject({ allowed: false, check: 'status' });
  await a.caller.data('mutation { enableExtension(extension: "fixture.notes") { revision } }');
}, 60_000);

it('leaves a record of each refusal that an extension met', async () => {
  const denied = async (): Promise<number> => {
    const { auditEntries } = await a.caller.data<{ auditEntries: { nodes: { actor: string }[] } }>(
      '{ auditEntries(first: 100, filter: { operation: "kv.set", outcome: DENIED }) { nodes { actor } } }',
    );
    return auditEntries.nodes.filter(({ actor }) => actor === 'fixture.notes').length;
  };
  expect(await eventually(denied, (count) => count > 0)).toBeGreaterThan(0);
});

it('refuses a grant that the extension never asked for', async () => {
  expect(
    await a.caller.code('mutation { giveGrant(extension: "fixture.notes", grant: "http:https://example.org:443") { revision } }'),
  ).toMatch(/^(SECURITY|EXTENSION)_/);
});
