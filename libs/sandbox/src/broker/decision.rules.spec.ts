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
});
