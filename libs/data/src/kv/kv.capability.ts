// `kv.get`, `kv.set`, `kv.delete`, `kv.list`: what an extension may keep. Tenant and extension come from the process that asks.
import { rejected } from '@kari/kernel';
import type { Capability, CapabilityOperation, Verdict } from '@kari/sandbox/contract';
import { z } from 'zod';
import { isKey, LARGEST_VALUE, LONGEST_KEY, quotaOf } from './kv.rules.js';
import type { KvStore } from './kv-store.js';

const LARGEST_PAGE = 500;

const key = z.string().refine(isKey, `a key has 1 to ${LONGEST_KEY} characters and no control characters`);
const getRequest = z.strictObject({ key });
const setRequest = z.strictObject({
  key,
  value: z.json(),
  expectedVersion: z.number().int().nonnegative().nullish(),
});
const listRequest = z.strictObject({
  prefix: z.string().max(LONGEST_KEY).nullish(),
  after: z.string().max(LONGEST_KEY).nullish(),
  limit: z.number().int().min(1).max(LARGEST_PAGE).nullish(),
});

export function kvCapability(store: KvStore): Capability {
  const get: CapabilityOperation<z.infer<typeof getRequest>> = {
    name: 'get',
    schema: getRequest,
    audit: 'denials',
    allows,
    perform: async (caller, request) => (await store.get(caller, request.key)) ?? { value: null, version: null },
  };
  const set: CapabilityOperation<z.infer<typeof setRequest>> = {
    name: 'set',
    schema: setRequest,
    audit: 'denials',
    allows,
    perform: async (caller, request) => {
      const value = JSON.stringify(request.value);
      const bytes = Buffer.byteLength(value);
      if (bytes > LARGEST_VALUE) throw rejected('DATA_KV_VALUE_TOO_LARGE', { key: request.key, bytes, limit: LARGEST_VALUE });
      return { version: await store.set(caller, request.key, value, quotaOf(caller.scopes), request.expectedVersion) };
    },
  };
  const remove: CapabilityOperation<z.infer<typeof getRequest>> = {
    name: 'delete',
    schema: getRequest,
    audit: 'denials',
    allows,
    perform: async (caller, request) => ({ deleted: await store.delete(caller, request.key) }),
  };
  const list: CapabilityOperation<z.infer<typeof listRequest>> = {
    name: 'list',
    schema: listRequest,
    audit: 'denials',
    allows,
    perform: (caller, request) => store.list(caller, request.prefix ?? '', request.after ?? null, request.limit ?? 100),
  };
  return { name: 'kv', openToAll: false, operations: [get, set, remove, list] };
}

function allows(scopes: readonly Readonly<Record<string, unknown>>[]): Verdict {
  return scopes.length > 0 ? { allowed: true } : { allowed: false, why: 'no grant for the key-value store' };
}
