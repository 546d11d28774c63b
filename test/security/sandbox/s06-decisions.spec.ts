// S-06: the broker against a model that knows nothing of it. Grants are given, narrowed, revoked and revoked in the middle of a call, tenants
// suspended, extensions disabled, upgraded and removed, invocations ended, in any order; each call must end as the model says.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { z } from 'zod';
import { manualClock, seededRandom } from '@kari/kernel/testing';
import type { Grant, Installation, InstallationStatus } from '@kari/extension/contract';
import type { Manifest } from '@kari/protocol/manifest';
import type { BrokerCaller, Capability } from '../../../libs/sandbox/src/contract.js';
import { brokerEnd, type BrokerEnd } from '../../support/broker-ends.js';
import { reportCounts } from '../../support/record.js';
import { SandboxWorld, tenantA, tenantB } from '../../support/sandbox-world.js';
import { ScriptedLauncher } from '../../support/scripted-launcher.js';
import { seedOf } from '../../support/seed.js';
import { patienceFor, sizeOf } from '../../support/size.js';

const OPERATIONS = sizeOf('S-06', { t1: 10_000, t2: 1_000_000 });
const NAMES = ['alpha', 'beta', 'gamma'] as const;
/** A wider and a narrower form of the same permission: consent to the one is none to the other. */
const HOSTS = [['a.example'], ['a.example', 'b.example']] as const;

/** What the model knows of one extension in one tenant. */
interface Modelled {
  status: InstallationStatus | null;
  /** Name → the form its manifest asks for. */
  asked: Map<string, number>;
  /** `name/form` → whether it stands. */
  given: Map<string, boolean>;
}

let world: SandboxWorld;
let during: (() => void) | null = null;
const performed: BrokerCaller[] = [];

beforeAll(async () => {
  const clock = manualClock();
  world = await SandboxWorld.open({ scripted: { launcher: new ScriptedLauncher(clock), time: { clock, timers: clock } } });
  world.capabilities.set('secrets', {
    name: 'secrets',
    openToAll: false,
    operations: [
      {
        name: 'use',
        schema: z.strictObject({ name: z.string(), host: z.string() }),
        audit: 'denials',
        allows: (scopes, { name, host }: { name: string; host: string }) =>
          scopes.some((scope) => scope['name'] === name && (scope['hosts'] as string[]).includes(host))
            ? { allowed: true }
            : { allowed: false, why: 'not in a scope' },
        perform: (caller) => {
          performed.push(caller);
          during?.();
          return Promise.resolve({ done: true });
        },
      },
    ],
  } satisfies Capability);
});
afterAll(() => world.close(0));

it(
  'S-06 every decision of the broker is the model’s, and what was revoked is denied from the very next call on',
  async () => {
    const seed = seedOf('S-06');
    const random = seededRandom(seed);
    const below = (limit: number): number => Math.floor(random.next() * limit);
    const one = <T>(all: readonly T[]): T => all[below(all.length)] as T;

    const ends = [tenantA, tenantB].flatMap((tenant) =>
      ['acme.one', 'acme.two', 'acme.three'].map((extension) => brokerEnd(tenant, extension, () => world.manifestOf(tenant, extension))),
    );
    const model = new Map<BrokerEnd, Modelled>(ends.map((end) => [end, { status: null, asked: new Map(), given: new Map() }]));
    const active = new Map([tenantA, tenantB].map((tenant) => [tenant, true]));
    const counts = { calls: 0, allowed: 0, denied: 0, invalid: 0, revokedMidCall: 0, differences: 0 };

    const publish = (end: BrokerEnd): void => {
      const { status, asked, given } = model.get(end) as Modelled;
      if (status === null) return world.remove(end.tenant, end.extension);
      const secrets = [...asked].map(([name, form]) => ({ name, hosts: [...(HOSTS[form] ?? [])], reason: 'x' }));
      const grants: Grant[] = [...given].map(([key, stands]) => {
        const [name = '', form = '0'] = key.split('/');
        const scope = { name, hosts: [...(HOSTS[Number(form)] ?? [])] };
        return { id: `secrets:${name}`, capability: 'secrets', scope, state: stands ? 'granted' : 'revoked' };
      });
      const manifest = { permissions: { secrets } } as unknown as Manifest;
      const version = { extension: end.extension, version: '1.0.0', manifest, bundleHash: 'h', assets: {}, trust: 'firstParty' } as const;
      world.put({ tenant: end.tenant, extension: end.extension, status, version, grants, revision: 0n } satisfies Installation);
    };

    /** In the words of the promise: asked for, granted in that very form, never revoked, everyone active. */
    const mayUse = (end: BrokerEnd, name: string, host: string): boolean => {
      const { status, asked, given } = model.get(end) as Modelled;
      if (active.get(end.tenant) !== true || (status !== 'enabled' && status !== 'installing')) return false;
      const form = asked.get(name);
      return form !== undefined && given.get(`${name}/${form}`) === true && (HOSTS[form] as readonly string[]).includes(host);
    };

    const changes: readonly ((end: BrokerEnd, known: Modelled) => void)[] = [
      (_, known) => (known.status = 'enabled'),
      (_, known) => (known.status = 'enabled'),
      (_, known) => (known.status = one(['disabled', 'installing', 'failed'] as const)),
      (_, known) => (below(4) === 0 ? (known.status = null) : undefined),
      (_, known) => known.asked.set(one(NAMES), below(2)),
      (_, known) => known.asked.set(one(NAMES), below(2)),
      (_, known) => (below(3) === 0 ? known.asked.delete(one(NAMES)) : undefined),
      (_, known) => known.asked.forEach((form, name) => known.given.set(`${name}/${form}`, true)),
      (_, known) => known.given.set(`${one(NAMES)}/${below(2)}`, true),
      (_, known) => known.given.set(`${one([...known.given.keys(), 'alpha/0']).split('/')[0]}/${below(2)}`, false),
      (_, known) => [...known.given.keys()].slice(below(3)).forEach((key) => known.given.set(key, false)),
      (end) => active.set(end.tenant, below(5) > 0),
    ];
    const change = (end: BrokerEnd): void => {
      one(changes)(end, model.get(end) as Modelled);
      world.setTenant(end.tenant, active.get(end.tenant) === true ? 'active' : 'suspended');
      publish(end);
    };

    const takeAll = (end: BrokerEnd): void => {
      const { given } = model.get(end) as Modelled;
      for (const key of given.keys()) given.set(key, false);
      publish(end);
    };

    for (let operation = 0; operation < OPERATIONS; operation += 1) {
      const end = one(ends);
      if (below(3) === 0) {
        change(end);
        continue;
      }
      counts.calls += 1;
      const [name, host] = [one([...NAMES, 'delta']), one(['a.example', 'b.example', 'c.example'])];
      const method = below(20) === 0 ? one(['secrets.read', 'secret.use', 'toString', 'secrets.__proto__']) : 'secrets.use';
      const request = below(15) === 0 ? one([{ name }, { name, host, tenant: tenantB }, null, [], { name: 1, host }]) : { name, host };
      // Its own call, one that is over, one of another process.
      const invocation = below(3) === 0 ? end.begin(1e9) : undefined;
      const claimed = invocation === undefined || below(4) > 0 ? invocation : one([one(ends).open[0], 'no such call']);
      if (invocation !== undefined && below(6) === 0) end.finish(invocation);
      const isOwn = claimed === undefined || end.open.includes(claimed);
      const midCall = below(4) === 0;
      during = midCall ? () => (below(2) === 0 ? takeAll(end) : change(one(ends))) : null;

      const before = performed.length;
      const isKnown = method === 'secrets.use';
      const isShaped =
        request !== null && Object.keys(request).sort().join() === 'host,name' && typeof (request as { name: unknown }).name === 'string';
      const allowed = mayUse(end, name, host);
      const known = model.get(end) as Modelled;
      const hasScope =
        active.get(end.tenant) === true &&
        (known.status === 'enabled' || known.status === 'installing') &&
        [...known.asked].some(([item, form]) => known.given.get(`${item}/${form}`) === true);
      const outcome = await world.broker
        .call(end.binding, method, claimed === undefined ? { request } : { invocation: claimed, request }, new AbortController().signal)
        .then(
          () => 'ALLOWED',
          (error: unknown) => (error as { code: string }).code,
        );
      during = null;

      const expected = !isOwn ? 'INVALID' : !isKnown || !hasScope ? 'DENIED' : !isShaped ? 'INVALID' : !allowed ? 'DENIED' : 'PERFORMED';
      const whole = expected === 'PERFORMED' ? (mayUse(end, name, host) ? 'ALLOWED' : 'DENIED') : expected;
      const caller = performed[before];
      const ranAsItself = expected !== 'PERFORMED' || (caller?.tenant === end.tenant && caller.extension === end.extension);
      const ranOften = performed.length - before === (expected === 'PERFORMED' ? 1 : 0);
      if (outcome !== whole || !ranAsItself || !ranOften) {
        counts.differences += 1;
        if (counts.differences < 5) process.stderr.write(`S-06 ${operation}: ${method} was ${outcome}, the model says ${whole}\n`);
      }
      if (outcome === 'ALLOWED') counts.allowed += 1;
      else if (outcome === 'DENIED') counts.denied += 1;
      else counts.invalid += 1;
      if (expected === 'PERFORMED' && whole === 'DENIED') counts.revokedMidCall += 1;
      if (invocation !== undefined) end.finish(invocation);
      if (performed.length > 1000) performed.length = 0;
      world.audited.length = 0;
    }
    reportCounts('S-06', counts);
    expect(counts.differences).toBe(0);
    // It is worth something only if every door was tried, open and closed.
    for (const often of [counts.allowed, counts.denied, counts.invalid]) expect(often).toBeGreaterThan(OPERATIONS / 100);
    expect(counts.revokedMidCall).toBeGreaterThan(OPERATIONS / 1000);
  },
  patienceFor(60_000),
);
