// The broker with a real process on the other side of the pipe: grants, revocation in mid-call, forged identity, audit, limits.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import type { Grant } from '@kari/extension/contract';
import type { BrokerCaller, Capability } from '../../../libs/sandbox/src/contract.js';
import { eventually, SandboxWorld, tenantA, tenantB } from '../../support/sandbox-world.js';

const bundle = `
export async function start(host) {
  return {
    handlers: ['plugin:note.ask', 'plugin:note.unbound', 'plugin:note.stream'],
    async invoke(handler, { method, request, invocation }, context) {
      if (handler === 'plugin:note.stream') {
        const { stream } = await host.call('kv.read', request, { invocation: context.invocation });
        let bytes = 0;
        for await (const chunk of host.streams.read(stream)) bytes += chunk.length;
        return { bytes };
      }
      try {
        const options = handler === 'plugin:note.unbound' ? {} : { invocation: invocation ?? context.invocation };
        return { answer: await host.call(method, request, options) };
      } catch (error) {
        return { code: error.code, reason: error.reason, message: error.message, facts: error.facts };
      }
    },
  };
}`;

const grant: Grant = { id: 'kv', capability: 'kv', scope: { bytes: 10 }, state: 'granted' };
const manifest = { permissions: { kv: { bytes: 10, reason: 'notes' } } };

let world: SandboxWorld;
let callers: BrokerCaller[];
let duringPut: () => void | Promise<void>;

beforeAll(async () => {
  world = await SandboxWorld.open();
});
afterAll(() => world.close());

beforeEach(() => {
  world.audited.length = 0;
  world.auditIsDown = false;
  callers = [];
  duringPut = () => undefined;
  const kv: Capability = {
    name: 'kv',
    openToAll: false,
    operations: [
      {
        name: 'put',
        schema: z.strictObject({ key: z.string(), bytes: z.number() }),
        audit: 'all',
        allows: ([scope], { bytes }: { bytes: number }) =>
          bytes <= Number(scope?.['bytes']) ? { allowed: true } : { allowed: false, why: 'more bytes than granted' },
        perform: async (caller, { key }: { key: string }) => {
          callers.push(caller);
          await duringPut();
          return { stored: key };
        },
        subject: ({ key }: { key: string }) => `key:${key}`,
      },
      {
        name: 'read',
        schema: z.strictObject({ bytes: z.number() }),
        audit: 'denials',
        allows: () => ({ allowed: true }),
        perform: (caller, { bytes }: { bytes: number }) => {
          const stream = caller.streams?.open();
          void stream?.write(Buffer.alloc(bytes)).then(() => stream.end());
          return Promise.resolve({ stream: stream?.id });
        },
      },
    ],
  };
  world.capabilities.set('kv', kv);
  world.install(bundle, { manifest, grants: [grant] });
});

const ask = (method: string, request: unknown, more: object = {}) => world.call('note.ask', { method, request, ...more });

describe('a granted call', () => {
  it('is performed in the name of the process, on behalf of the caller, and audited once', async () => {
    await expect(ask('kv.put', { key: 'a', bytes: 5 })).resolves.toEqual({ answer: { stored: 'a' } });
    expect(callers).toMatchObject([
      { tenant: tenantA, extension: 'acme.notes', actor: { id: 'someone', kind: 'user' }, depth: 0, scopes: [{ bytes: 10 }] },
    ]);
    expect(world.audited).toMatchObject([
      {
        tenant: tenantA,
        actor: 'acme.notes',
        actorKind: 'extension',
        operation: 'kv.put',
        outcome: 'allowed',
        subject: 'key:a',
        facts: { onBehalfOf: 'someone' },
      },
    ]);
  });

  it('counts as the extension itself without an invocation', async () => {
    await world.call('note.unbound', { method: 'kv.put', request: { key: 'a', bytes: 5 } });
    expect(callers).toMatchObject([{ actor: { id: 'acme.notes', kind: 'extension' } }]);
  });

  it('answers a large body as a stream', async () => {
    await expect(world.call('note.stream', { request: { bytes: 3_000_000 } })).resolves.toEqual({ bytes: 3_000_000 });
  });
});

describe('a call is refused', () => {
  it.each([
    ['of an unknown method', 'kv.drop', {}, 'no broker method kv.drop'],
    ['of an unknown capability', 'admin.all', {}, 'no broker method admin.all'],
    [
      'of raw TCP, which a manifest may name and nobody serves (54)',
      'tcp.open',
      { host: 'a.example', port: 1 },
      'no broker method tcp.open',
    ],
    ['beyond its scope', 'kv.put', { key: 'a', bytes: 11 }, 'more bytes than granted'],
  ])('%s, with the reason, and audited', async (_, method, request, why) => {
    await expect(ask(method, request)).resolves.toMatchObject({
      code: 'DENIED',
      reason: 'SANDBOX_CAPABILITY_DENIED',
      message: expect.stringContaining(why),
    });
    expect(world.audited).toMatchObject([{ operation: method, outcome: 'denied', code: 'SANDBOX_CAPABILITY_DENIED' }]);
    expect(callers).toEqual([]);
  });

  it('when the tenant is named in a parameter: it is no authority, and not even a field', async () => {
    await expect(ask('kv.put', { key: 'a', bytes: 1, tenant: tenantB })).resolves.toMatchObject({ code: 'INVALID' });
    expect(callers).toEqual([]);
  });

  it('when it names an invocation that is not its own', async () => {
    await expect(ask('kv.put', { key: 'a', bytes: 1 }, { invocation: '00000000-0000-7000-8000-000000000009' })).resolves.toMatchObject({
      code: 'INVALID',
    });
  });

  it('after its grant was revoked, at the next call', async () => {
    await ask('kv.put', { key: 'a', bytes: 1 });
    world.install(bundle, { manifest, grants: [{ ...grant, state: 'revoked' }] });
    await expect(ask('kv.put', { key: 'b', bytes: 1 })).resolves.toMatchObject({ code: 'DENIED' });
  });

  it('when its grant is revoked while it runs: the answer does not leave', async () => {
    duringPut = () => void world.install(bundle, { manifest, grants: [{ ...grant, state: 'revoked' }] });
    const answer = await ask('kv.put', { key: 'a', bytes: 1 });
    expect(answer).toMatchObject({ code: 'DENIED', reason: 'SANDBOX_CAPABILITY_DENIED' });
    expect(JSON.stringify(answer)).not.toContain('stored');
    expect(world.audited.map(({ outcome }) => outcome)).toEqual(['denied']);
  });

  it('when it cannot be audited', async () => {
    world.auditIsDown = true;
    await expect(ask('kv.put', { key: 'a', bytes: 1 })).resolves.toMatchObject({
      code: 'UNAVAILABLE',
      reason: 'SANDBOX_AUDIT_UNAVAILABLE',
    });
  });

  it('without a stack, a path or the words of an error of the platform', async () => {
    duringPut = () => {
      throw new Error('ENOENT /host/secret/path');
    };
    const answer = await ask('kv.put', { key: 'a', bytes: 1 });
    expect(answer).toMatchObject({ code: 'UNAVAILABLE' });
    expect(JSON.stringify(answer)).not.toMatch(/secret|ENOENT|\.ts/);
  });

  it('when it outlives the call it is part of', async () => {
    duringPut = () => new Promise(() => undefined);
    await expect(world.call('note.ask', { method: 'kv.put', request: { key: 'a', bytes: 1 } }, { deadlineMs: 300 })).rejects.toMatchObject({
      code: 'SANDBOX_DEADLINE',
    });
    await eventually(() => callers[0]?.signal.aborted === true);
  });
});

describe('why denied', () => {
  it('names the check that says no', () => {
    expect(world.broker.explain(tenantA, 'acme.notes', 'kv.put', { key: 'a', bytes: 11 })).toEqual({
      allowed: false,
      check: 'scope',
      why: 'more bytes than granted',
    });
    expect(world.broker.explain(tenantB, 'acme.notes', 'kv.put', {})).toMatchObject({ check: 'installation' });
    expect(world.broker.explain(tenantA, 'acme.notes', 'kv.put', { key: 'a', bytes: 1 })).toMatchObject({ allowed: true });
  });
});
