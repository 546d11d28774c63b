import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Rejection } from '@kari/kernel';
import type { BrokerCaller } from '@kari/sandbox/contract';
import { allowsCall, pluginsCapability } from './plugins.capability.js';
import { A, B, contract, manifestOf, pluginRoom, type PluginRoom } from './testing/plugin-room.js';

let room: PluginRoom;
beforeEach(() => {
  room = pluginRoom();
  room.install(manifestOf('acme.caller', {}, { dependencies: { plugins: { 'math.double': '^1' } } }));
  room.install(manifestOf('acme.math', { 'math.double': contract() }));
  room.install(manifestOf('acme.newer', { 'math.double': contract({ version: '2.0.0' }) }));
  for (const extension of ['acme.math', 'acme.newer']) room.behave(extension, 'math.double', () => ({ n: 2 }));
});

const operation = () => pluginsCapability(room.plugins, room.installations).operations[0]!;
const caller = (more: Partial<BrokerCaller> = {}) =>
  ({
    tenant: A,
    extension: 'acme.caller',
    correlationId: 'c',
    depth: 2,
    deadlineMs: 700,
    signal: new AbortController().signal,
    scopes: [{ plugin: 'math.double' }],
    actor: { id: 'u', kind: 'user' },
    ...more,
  }) as BrokerCaller;
const call = (request: object, more: Partial<BrokerCaller> = {}) =>
  operation().perform(caller(more), operation().schema.parse({ input: { n: 1 }, ...request }));
const refusal = (attempt: Promise<unknown>): Promise<Rejection> =>
  attempt.then(
    () => Promise.reject(new Error('it was not refused')),
    (error: unknown) => error as Rejection,
  );

describe('the capability plugins', () => {
  it('calls with what is left of the chain, one deeper, in the name of the extension', async () => {
    expect(await call({ plugin: 'math.double' })).toEqual({
      output: { n: 2 },
      extension: 'acme.math',
      version: '3.0.1',
      contract: 'math.double@1.2.0',
    });
    expect(room.invocations[0]).toMatchObject({
      tenant: A,
      depth: 3,
      deadlineMs: 700,
      context: { actor: { kind: 'extension', id: 'acme.caller' }, correlationId: 'c' },
    });
    await call({ plugin: 'math.double', deadlineMs: 100_000 });
    expect(room.invocations[1]?.deadlineMs).toBe(700);
    await call({ plugin: 'math.double', deadlineMs: 50 });
    expect(room.invocations[2]?.deadlineMs).toBe(50);
  });

  it('ends a circle at the depth limit', async () => {
    expect((await refusal(call({ plugin: 'math.double' }, { depth: 8 }))).code).toBe('PLUGIN_DEPTH_EXCEEDED');
  });

  it('S-06 calls only what a grant covers', async () => {
    expect(allowsCall([{ plugin: 'math.double' }], { plugin: 'math.double' }).allowed).toBe(true);
    expect(allowsCall([{ plugin: 'math.double' }], { plugin: 'math.other' }).allowed).toBe(false);
    expect(allowsCall([], { plugin: 'math.double' }).allowed).toBe(false);
    expect(allowsCall([{ plugin: 'math.double' }], { plugin: '???' }).allowed).toBe(false);
    const narrow = { scopes: [{ plugin: 'acme.newer/math.double' }] };
    expect((await refusal(call({ plugin: 'math.double@1' }, narrow))).code).toBe('PLUGIN_NOT_PERMITTED');
    expect(await call({ plugin: 'math.double@2' }, narrow)).toMatchObject({ extension: 'acme.newer' });
  });

  it('S-09 takes no tenant, caller or depth from a request', async () => {
    for (const forged of [{ tenant: B }, { caller: { kind: 'user', id: 'admin' } }, { depth: 0 }, { extension: 'acme.math' }]) {
      expect(operation().schema.safeParse({ plugin: 'math.double', input: {}, ...forged }).success).toBe(false);
    }
    expect((await refusal(call({ plugin: 'math.double' }, { tenant: B }))).code).toBe('PLUGIN_NOT_PERMITTED');
  });

  it('names in the trail what was called, never with what', () => {
    const { subject, schema } = operation();
    expect(subject?.(schema.parse({ plugin: 'acme.math/math.double@1', input: { secret: 'canary' } }))).toBe(
      'plugin:acme.math/math.double',
    );
    expect(subject?.(schema.parse({ plugin: 'canary!', input: 1 }))).toBe('plugin:unreadable');
  });
});
