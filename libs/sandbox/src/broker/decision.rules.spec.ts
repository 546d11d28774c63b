import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import type { Grant, Installation } from '@kari/extension/contract';
import type { Capability } from '../contract.js';
import { decideCall, type Question } from './decision.rules.js';

const kv: Capability = {
  name: 'kv',
  openToAll: false,
  operations: [
    {
      name: 'put',
      schema: z.strictObject({ key: z.string(), bytes: z.number() }),
      audit: 'denials',
      allows: ([scope], { bytes }: { bytes: number }) =>
        bytes <= Number(scope?.['bytes']) ? { allowed: true } : { allowed: false, why: 'more bytes than granted' },
      perform: () => Promise.resolve(null),
    },
  ],
};
const grant = (state: Grant['state'], scope: Grant['scope'] = { bytes: 10 }): Grant => ({ id: 'kv', capability: 'kv', scope, state });
const installed = (over: { grants?: readonly Grant[]; status?: Installation['status'] } = {}): Installation =>
  ({
    status: over.status ?? 'enabled',
    grants: over.grants ?? [grant('granted')],
    version: { version: '1.0.0' },
  }) as unknown as Installation;
const question: Question = {
  method: 'kv.put',
  capability: kv,
  tenant: 'active',
  installation: installed(),
  asked: [{ bytes: 10 }],
  request: { key: 'a', bytes: 5 },
};

const check = (over: Partial<Question>) => {
  const decision = decideCall({ ...question, ...over });
  return decision.allowed ? 'allowed' : decision.check;
};

describe('one broker call', () => {
  it('is allowed when everything says yes, with the scopes that opened it', () => {
    expect(decideCall(question)).toMatchObject({ allowed: true, scopes: [{ bytes: 10 }] });
  });

  it.each<[string, Partial<Question>, string]>([
    ['an unknown capability', { capability: undefined }, 'method'],
    ['an unknown operation', { method: 'kv.drop' }, 'method'],
    ['a suspended tenant', { tenant: 'suspended' }, 'tenant'],
    ['an unknown tenant', { tenant: null }, 'tenant'],
    ['no installation', { installation: null }, 'installation'],
    ['a disabled installation', { installation: installed({ status: 'disabled' }) }, 'status'],
    ['a manifest that does not ask for it', { asked: [] }, 'manifest'],
    ['no grant', { installation: installed({ grants: [] }) }, 'grant'],
    ['a revoked grant', { installation: installed({ grants: [grant('revoked')] }) }, 'grant'],
    ['a revocation beside a grant', { installation: installed({ grants: [grant('granted'), grant('revoked')] }) }, 'grant'],
    ['a grant of more than the manifest asks for', { installation: installed({ grants: [grant('granted', { bytes: 99 })] }) }, 'grant'],
    ['a malformed request', { request: { key: 1 } }, 'schema'],
    ['an unknown field', { request: { key: 'a', bytes: 1, tenant: 'b' } }, 'schema'],
    ['a request outside the scope', { request: { key: 'a', bytes: 11 } }, 'scope'],
  ])('is refused for %s', (_, over, expected) => {
    expect(check(over)).toBe(expected);
  });

  it('finds a grant whatever the order of its keys', () => {
    const asked = [{ host: 'a.example', port: 443 }];
    const http: Capability = { ...kv, name: 'http' };
    const granted: Grant = { id: 'h', capability: 'http', scope: { port: 443, host: 'a.example' }, state: 'granted' };
    expect(check({ method: 'http.put', capability: http, asked, installation: installed({ grants: [granted] }) })).toBe('scope');
  });

  it('needs no grant where the capability is open to all, and no enabled installation', () => {
    const open: Capability = {
      ...kv,
      openToAll: true,
      operations: kv.operations.map((one) => ({ ...one, allows: () => ({ allowed: true }) })),
    };
    expect(check({ capability: open, asked: [], installation: installed({ grants: [], status: 'disabled' }) })).toBe('allowed');
  });

  const why = (over: Partial<Question>) => {
    const decision = decideCall({ ...question, ...over });
    return decision.allowed ? 'allowed' : decision.why;
  };
  const put = kv.operations[0] as Capability['operations'][number];

  it.each<[Partial<Question>, string]>([
    [{ capability: undefined, method: 'x'.repeat(300) }, `there is no broker method ${'x'.repeat(100)}`],
    [{ method: 'kv.drop' }, 'there is no broker method kv.drop'],
    [{ tenant: 'suspended' }, 'the tenant is suspended'],
    [{ tenant: null }, 'the tenant is unknown'],
    [{ installation: null }, 'the extension is not installed in this tenant'],
    [{ installation: installed({ status: 'disabled' }) }, 'the installation is disabled'],
    [{ asked: [] }, 'the manifest of version 1.0.0 asks for no kv'],
    [{ installation: installed({ grants: [] }) }, 'no kv permission is granted, or each was revoked'],
    [{ request: { key: 'a', bytes: 11 } }, 'more bytes than granted'],
  ])('says why: %j', (over, words) => {
    expect(why(over)).toBe(words);
  });

  it('says which part of a request is wrong', () => {
    expect(why({ request: { key: 1, bytes: 1 } })).toMatch(/^key: ./);
    expect(why({ request: 7 })).toMatch(/^the request: ./);
    const deep: Capability = { ...kv, operations: [{ ...put, schema: z.strictObject({ list: z.array(z.strictObject({ n: z.int() })) }) }] };
    expect(why({ capability: deep, request: { list: [{ n: 1 }, { n: 'x' }] } })).toMatch(/^list\.1\.n: ./);
  });

  it('is served while the extension is being installed', () => {
    expect(check({ installation: installed({ status: 'installing' }) })).toBe('allowed');
  });

  it('opens only what was granted of this capability: neither a grant nor a revocation of another counts', () => {
    const other = (state: Grant['state']): Grant => ({ ...grant(state), capability: 'http' });
    expect(check({ installation: installed({ grants: [other('granted')] }) })).toBe('grant');
    expect(check({ installation: installed({ grants: [grant('granted'), other('revoked')] }) })).toBe('allowed');
    expect(decideCall({ ...question, installation: installed({ grants: [other('granted'), grant('granted')] }) })).toMatchObject({
      scopes: [{ bytes: 10 }],
    });
    expect(check({ installation: installed({ grants: [other('granted'), grant('revoked')] }) })).toBe('grant');
  });

  it('opens each scope that was granted, less those that were revoked or are no longer asked for', () => {
    const asked = [{ bytes: 1 }, { bytes: 2 }, { bytes: 3 }];
    const grants = [
      grant('granted', { bytes: 1 }),
      grant('granted', { bytes: 2 }),
      grant('revoked', { bytes: 2 }),
      grant('granted', { bytes: 4 }),
    ];
    expect(decideCall({ ...question, asked, request: { key: 'a', bytes: 1 }, installation: installed({ grants }) })).toMatchObject({
      allowed: true,
      scopes: [{ bytes: 1 }],
    });
  });

  it('hands open capabilities no scope at all', () => {
    const open: Capability = { ...kv, openToAll: true, operations: [{ ...put, allows: () => ({ allowed: true }) }] };
    expect(decideCall({ ...question, capability: open })).toMatchObject({ allowed: true, scopes: [] });
  });

  it.each<[unknown, unknown, boolean]>([
    [{ a: [1, 2] }, { a: [1, 2] }, true],
    [{ a: [1, 2] }, { a: [2, 1] }, false],
    [{ a: [1, 2] }, { a: { 0: 1, 1: 2 } }, false],
    [{ a: [12] }, { a: [1, 2] }, false],
    [{ a: null }, { a: 'null' }, false],
    [{ a: null }, { a: null }, true],
    [{ a: undefined }, { a: null }, true],
    [{ a: '1' }, { a: 1 }, false],
    [{ a: '1,"b":2' }, { a: '1', b: 2 }, false],
    [{ c: 1, a: { z: 1, y: 2 }, b: 3 }, { b: 3, a: { y: 2, z: 1 }, c: 1 }, true],
    [{ ab: 1 }, { a: 1, b: 1 }, false],
  ])('tells scopes apart by their values: %j and %j', (asked, granted, same) => {
    const open: Capability = { ...kv, operations: [{ ...put, allows: () => ({ allowed: true }) }] };
    const grants = [grant('granted', granted as Grant['scope'])];
    expect(check({ capability: open, asked: [asked as Grant['scope']], installation: installed({ grants }) })).toBe(
      same ? 'allowed' : 'grant',
    );
  });
});
