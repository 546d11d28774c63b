// `data.get`, `data.find`, `data.count`, `data.aggregate`, `data.write`: the tables of an extension. Tenant, extension, version and user come
// from the process and its invocation; a collection is open that the manifest asks for and the tenant granted.
import { tableRequests, type TableRequest } from '@kari/package/rules';
import type { BrokerCaller, Capability, CapabilityOperation, Verdict } from '@kari/sandbox/contract';
import type { TableCaller, TableStore } from './table-store.js';

export function tablesCapability(store: TableStore): Capability {
  const get: CapabilityOperation<TableRequest<'get'>> = {
    name: 'get',
    schema: tableRequests.get,
    audit: 'denials',
    allows: mayRead,
    perform: async (caller, request) => ({ row: await store.get(callerOf(caller), request.collection, request.id) }),
  };
  const find: CapabilityOperation<TableRequest<'find'>> = {
    name: 'find',
    schema: tableRequests.find,
    audit: 'denials',
    allows: mayRead,
    perform: (caller, request) => store.find(callerOf(caller), request),
  };
  const count: CapabilityOperation<TableRequest<'count'>> = {
    name: 'count',
    schema: tableRequests.count,
    audit: 'denials',
    allows: mayRead,
    perform: async (caller, request) => ({ count: await store.count(callerOf(caller), request.collection, request.where) }),
  };
  const aggregate: CapabilityOperation<TableRequest<'aggregate'>> = {
    name: 'aggregate',
    schema: tableRequests.aggregate,
    audit: 'denials',
    allows: mayRead,
    perform: (caller, request) => store.aggregate(callerOf(caller), request),
  };
  const write: CapabilityOperation<TableRequest<'write'>> = {
    name: 'write',
    schema: tableRequests.write,
    audit: 'denials',
    allows: (scopes, { writes }) =>
      writes.map(({ collection }) => may(scopes, collection, ['write'])).find(({ allowed }) => !allowed) ?? { allowed: true },
    perform: async (caller, request) => ({ outcomes: await store.write(callerOf(caller), request.writes) }),
  };
  return { name: 'data', openToAll: false, operations: [get, find, count, aggregate, write] };
}

type Scopes = readonly Readonly<Record<string, unknown>>[];

function mayRead(scopes: Scopes, { collection }: { readonly collection: string }): Verdict {
  return may(scopes, collection, ['read', 'write']);
}

function may(scopes: Scopes, collection: string, accesses: readonly string[]): Verdict {
  const granted = scopes.some((scope) => scope['collection'] === collection && accesses.includes(String(scope['access'])));
  return granted ? { allowed: true } : { allowed: false, why: `no grant to ${accesses[0]} the collection ${collection}` };
}

/** A row is somebody's where a person or a service account set the call in motion; what an extension does by itself is nobody's. */
function callerOf({ tenant, extension, version, actor, deadlineMs }: BrokerCaller): TableCaller {
  const user = actor.kind === 'user' || actor.kind === 'service-account' ? actor.id : null;
  return { tenant, extension, version, user, deadlineMs };
}
