// S-09: extension A uses what belongs to B (its calls, its streams, its secret handles), says again what B said, and claims to be another tenant.
// Whatever it sends, the platform acts in its own name or not at all. Each attempt has a control: B itself, with the same bytes, succeeds.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { z } from 'zod';
import { rejected } from '@kari/kernel';
import { manualClock, seededRandom } from '@kari/kernel/testing';
import type { Grant } from '@kari/extension/contract';
import { SecretHandles } from '../../../libs/data/src/secrets/secret-handles.js';
import type { SecretVault } from '../../../libs/data/src/secrets/secret-vault.js';
import type { BrokerCaller } from '../../../libs/sandbox/src/contract.js';
import { brokerEnd, type BrokerEnd } from '../../support/broker-ends.js';
import { reportCounts } from '../../support/record.js';
import { SandboxWorld, tenantA, tenantB } from '../../support/sandbox-world.js';
import { ScriptedLauncher } from '../../support/scripted-launcher.js';
import { seedOf } from '../../support/seed.js';
import { patienceFor, sizeOf } from '../../support/size.js';

const ATTEMPTS = sizeOf('S-09', { t1: 500, t2: 10_000 });
const vault = { keyOf: (tenant: string) => Promise.resolve(Buffer.from(`key of ${tenant}`)) } as unknown as SecretVault;
const handles = new SecretHandles(vault);
const grant: Grant = { id: 'kv', capability: 'kv', scope: { bytes: 10 }, state: 'granted' };

let world: SandboxWorld;
let ends: readonly BrokerEnd[];
const acted: BrokerCaller[] = [];

beforeAll(async () => {
  const clock = manualClock();
  world = await SandboxWorld.open({ scripted: { launcher: new ScriptedLauncher(clock), time: { clock, timers: clock } } });
  const act = (caller: BrokerCaller): void => void acted.push(caller);
  const allows = () => ({ allowed: true }) as const;
  world.capabilities.set('kv', {
    name: 'kv',
    openToAll: false,
    operations: [
      {
        name: 'put',
        schema: z.strictObject({ key: z.string() }),
        audit: 'denials',
        allows,
        perform: async (caller) => (act(caller), { tenant: caller.tenant }),
      },
      {
        name: 'stream',
        schema: z.strictObject({ stream: z.number() }),
        audit: 'denials',
        allows,
        perform: async (caller, { stream }: { stream: number }) => {
          caller.streams?.read(stream);
          act(caller);
        },
      },
      {
        name: 'secret',
        schema: z.strictObject({ handle: z.string() }),
        audit: 'denials',
        allows,
        perform: async (caller, { handle }: { handle: string }) => {
          if ((await handles.nameOf(caller.tenant, caller.extension, handle)) === null)
            throw rejected('SANDBOX_CALL_INVALID', { method: 'x', reason: 'x' });
          act(caller);
        },
      },
    ],
  });
  ends = [tenantA, tenantB].flatMap((tenant) =>
    ['acme.one', 'acme.two'].map((extension) => brokerEnd(tenant, extension, () => world.manifestOf(tenant, extension))),
  );
  for (const { tenant, extension } of ends)
    world.install('x', { tenant, extension, manifest: { permissions: { kv: { bytes: 10, reason: 'x' } } }, grants: [grant] });
});
afterAll(() => world.close(0));

const say = (end: BrokerEnd, method: string, params: unknown): Promise<string> =>
  world.broker.call(end.binding, method, params, new AbortController().signal).then(
    () => 'done',
    (error: unknown) => (error as { code: string }).code,
  );

it(
  'S-09 nothing that belongs to another process, extension or tenant can be used, and nobody acts but in his own name',
  async () => {
    const random = seededRandom(seedOf('S-09'));
    const one = <T>(all: readonly T[]): T => all[Math.floor(random.next() * all.length)] as T;
    const counts = { attempts: 0, refused: 0, asItself: 0, wrong: 0, controlsDone: 0 };
    let streams = 0;

    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const victim = one(ends);
      const thief = one(ends.filter((end) => end !== victim));
      const call = victim.begin(1e9);
      streams += 1;
      const stream = streams * 2 - 1;
      victim.streams.receive('stream.open', { stream });
      const handle = (await handles.maker(victim.tenant, victim.extension))('key');
      const forged = one([
        { tenant: victim.tenant },
        { extension: victim.extension },
        { actor: { id: 'admin', kind: 'user' } },
        { binding: {} },
      ]);
      const { method, params, refused } = one([
        { method: 'kv.put', params: { invocation: call, request: { key: 'a' } }, refused: true },
        { method: 'kv.stream', params: { request: { stream } }, refused: true },
        { method: 'kv.secret', params: { request: { handle } }, refused: true },
        { method: 'kv.put', params: { request: { key: 'a', ...forged } }, refused: true },
        { method: 'kv.put', params: { request: { key: 'a' }, ...forged }, refused: true },
        { method: 'kv.put', params: { invocation: { id: call }, request: { key: 'a' } }, refused: true },
        // What anyone may say is done in the name of who says it.
        { method: 'kv.put', params: { request: { key: `${victim.tenant}/a` } }, refused: false },
      ] as const);

      const before = acted.length;
      const outcome = await say(thief, method, params);
      const by = acted.slice(before);
      counts.attempts += 1;
      if (outcome === 'done') counts.asItself += 1;
      else counts.refused += 1;
      const isOwnName = by.every(
        ({ tenant, extension, actor }) => tenant === thief.tenant && extension === thief.extension && actor.id === thief.extension,
      );
      if (refused !== (outcome !== 'done') || by.length !== (refused ? 0 : 1) || !isOwnName) counts.wrong += 1;

      // The control: the same bytes from whom they belong to; a forged field is no field for him either.
      const control = await say(victim, method, params);
      const isForged =
        JSON.stringify(params).includes(JSON.stringify(forged).slice(1, -1)) ||
        typeof (params as { invocation?: unknown }).invocation === 'object';
      if (control === 'done') counts.controlsDone += 1;
      if (!isForged && control !== 'done') counts.wrong += 1;
      victim.finish(call);
      victim.streams.receive('stream.abort', { stream });
      acted.length = 0;
    }
    reportCounts('S-09', counts);
    expect(counts.wrong).toBe(0);
    expect(counts.refused).toBeGreaterThan(ATTEMPTS / 2);
    expect(counts.controlsDone).toBeGreaterThan(ATTEMPTS / 4);
    expect(counts.asItself).toBeGreaterThan(0);
  },
  patienceFor(60_000),
);
