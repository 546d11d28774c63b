// S-01 through the one door that is open: an extension without a grant tries every name it can think of. Each attempt is refused with a stable code,
// and each is in the trail, once. Attempts against the engine and the kernel end there: no host can see them, and none is claimed to be audited.
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { z } from 'zod';
import type { Capability } from '../../../libs/sandbox/src/contract.js';
import { SandboxWorld, tenantA } from '../../support/sandbox-world.js';

const methods = (
  'http.fetch tcp.connect data.find kv.get kv.put kv.list kv.delete kv secrets.reveal secrets.list plugins.call events.publish ' +
  'events.subscribe schedule.every blobs.get process.spawn files.read env.get admin.all tenancy.issueToken security.openPrivateHost ' +
  'sandbox.setMinimumLevel audit.record extension.install log.drop config.write metrics.reset constructor.constructor prototype.call ' +
  'hasOwnProperty.call toString.call valueOf.valueOf kv.constructor kv.toString kv.hasOwnProperty'
).split(' ');
/** Names that no method can have: who sends them does not speak the protocol. */
const malformed = [
  '__proto__.toString',
  'kv.__proto__',
  'KV.GET',
  'kv. get',
  'kv.get ',
  '.get',
  'kv.',
  '.',
  'kv/get',
  '../kv.get',
  'kv.g\u0435t',
  'kv.get%00',
];

const bundle = `export async function start(host) {
  return { handlers: ['plugin:self.try'], async invoke(_, { method, request }, context) {
    try { return { answer: await host.call(method, request, { invocation: context.invocation }) }; }
    catch (error) { return { code: error.code, reason: error.reason }; }
  } };
}`;

let world: SandboxWorld;
let performed = 0;

beforeAll(async () => {
  world = await SandboxWorld.open();
  const kv: Capability = {
    name: 'kv',
    openToAll: false,
    operations: ['get', 'put', 'list', 'delete'].map((name) => ({
      name,
      schema: z.strictObject({}),
      audit: 'all',
      allows: () => ({ allowed: true }),
      perform: () => Promise.resolve({ performed: (performed += 1) }),
    })),
  };
  world.capabilities.set('kv', kv);
});
afterAll(() => world.close());
beforeEach(() => {
  world.audited.length = 0;
  performed = 0;
});

const attempt = (method: string, extension?: string) =>
  world.call('self.try', { method, request: {} }, extension === undefined ? {} : { extension });

it('each attempt without a grant is refused, and audited once', async () => {
  world.install(bundle);
  for (const method of methods) {
    world.audited.length = 0;
    await expect(attempt(method)).resolves.toEqual({ code: 'DENIED', reason: 'SANDBOX_CAPABILITY_DENIED' });
    expect(world.audited.map(({ tenant, actor, outcome }) => ({ tenant, actor, outcome }))).toEqual([
      { tenant: tenantA, actor: 'acme.notes', outcome: 'denied' },
    ]);
  }
  expect(performed).toBe(0);
}, 60_000);

it.each(malformed)('the name %j ends the process, and nothing is performed', async (method) => {
  const extension = `acme.malformed-${malformed.indexOf(method)}`;
  world.install(bundle, { extension });
  await expect(world.call('self.try', { method, request: {} }, { extension })).rejects.toMatchObject({ code: 'SANDBOX_CRASHED' });
  expect(performed).toBe(0);
});

it('and performed where the same code holds the grant: the control', async () => {
  const extension = 'acme.granted';
  world.install(bundle, {
    extension,
    manifest: { permissions: { kv: { bytes: 10, reason: 'the control' } } },
    grants: [{ id: 'kv', capability: 'kv', scope: { bytes: 10 }, state: 'granted' }],
  });
  await expect(attempt('kv.get', extension)).resolves.toEqual({ answer: { performed: 1 } });
  await expect(attempt('kv.constructor', extension)).resolves.toMatchObject({ code: 'DENIED' });
});
