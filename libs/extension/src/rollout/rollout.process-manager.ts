// Turns wishes for all tenants into installations: for every tenant there is, and for each that comes later. One process for the whole
// platform, because a new tenant concerns every wish and a new wish every tenant.
import type { PlannedCommand, ProcessManager, RecordedEvent } from '@kari/kernel';
import { idOf } from '@kari/kernel';
import { tenancyEvents } from '@kari/tenancy/contract';
import type { ExtensionCommand } from '../lifecycle/extension.commands.js';
import type { Wish, WishEvent } from './wish.events.js';

export interface Rollout {
  /** Tenant → whether it takes part now. */
  readonly tenants: Readonly<Record<string, 'active' | 'suspended'>>;
  readonly wishes: Readonly<Record<string, Wish>>;
  /** Extension → tenants that were told of its wish: each once, so that what a tenant removed stays removed. */
  readonly told: Readonly<Record<string, readonly string[]>>;
  /** Extension → tenants that a former version of its wish has reached. */
  readonly reached?: Readonly<Record<string, readonly string[]>>;
  /** What follows from the last event. */
  readonly due: readonly Due[];
}

interface Due {
  readonly tenant: string;
  readonly extension: string;
  readonly act: 'fulfil' | 'renew' | 'withdraw';
}

function evolve(state: Rollout, event: RecordedEvent): Rollout {
  const tenant = idOf(event.stream);
  switch (event.type) {
    case tenancyEvents.tenantCreated:
    case tenancyEvents.tenantResumed:
      return telling({ ...state, tenants: { ...state.tenants, [tenant]: 'active' } });
    case tenancyEvents.tenantSuspended:
      return { ...state, tenants: { ...state.tenants, [tenant]: 'suspended' }, due: [] };
    case tenancyEvents.tenantDeleted:
      return {
        ...state,
        tenants: without(state.tenants, tenant),
        told: withoutTenant(state.told, tenant),
        reached: withoutTenant(state.reached ?? {}, tenant),
        due: [],
      };
    default:
      return wished(state, event as unknown as WishEvent);
  }
}

function wished(state: Rollout, event: WishEvent): Rollout {
  const { extension } = event.data;
  if (event.type === 'ExtensionWishedForAll') {
    // A renewed wish: whom the former one reached is told of the newer version, and gets nothing that it has removed since.
    const reached = [...(state.told[extension] ?? []), ...(state.reached?.[extension] ?? [])];
    const told = without(state.told, extension);
    return telling({
      ...state,
      wishes: { ...state.wishes, [extension]: event.data },
      told,
      reached: { ...state.reached, [extension]: reached },
    });
  }
  const reached = new Set([...(state.told[extension] ?? []), ...(state.reached?.[extension] ?? [])]);
  const due = [...reached].map((tenant): Due => ({ tenant, extension, act: 'withdraw' }));
  const forgotten = { told: without(state.told, extension), reached: without(state.reached ?? {}, extension) };
  return { ...state, ...forgotten, wishes: without(state.wishes, extension), due };
}

/** Whom nobody has told yet, and what of. */
function telling(state: Rollout): Rollout {
  const active = Object.keys(state.tenants).filter((tenant) => state.tenants[tenant] === 'active');
  const due = Object.keys(state.wishes).flatMap((extension) => {
    const told = new Set(state.told[extension]);
    const reached = new Set(state.reached?.[extension]);
    const untold = active.filter((tenant) => !told.has(tenant));
    return untold.map((tenant): Due => ({ tenant, extension, act: reached.has(tenant) ? 'renew' : 'fulfil' }));
  });
  const told = { ...state.told };
  for (const { extension, tenant } of due) told[extension] = [...(told[extension] ?? []), tenant];
  return { ...state, told, due };
}

function react(state: Rollout): readonly PlannedCommand[] {
  return state.due.flatMap(({ tenant, extension, act }) => {
    if (act === 'withdraw') return [plan(tenant, { type: 'WithdrawWish', data: { extension } })];
    const wish = state.wishes[extension];
    return wish === undefined ? [] : [plan(tenant, fulfilment(wish, act === 'renew' ? 'RenewWish' : 'FulfilWish'))];
  });
}

function fulfilment(wish: Wish, type: 'FulfilWish' | 'RenewWish'): ExtensionCommand {
  const { extension, package: found, consented, enable } = wish;
  const facts = { found, known: [found.version], safeBoot: false };
  return { type, data: { extension, version: found.version, consented, enable, facts } };
}

function plan(tenant: string, command: ExtensionCommand): PlannedCommand {
  return { tenant, command };
}

function without<T>(record: Readonly<Record<string, T>>, key: string): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => name !== key));
}

function withoutTenant(told: Rollout['told'], tenant: string): Rollout['told'] {
  return Object.fromEntries(Object.entries(told).map(([extension, tenants]) => [extension, tenants.filter((one) => one !== tenant)]));
}

export const rolloutProcessManager: ProcessManager<Rollout> = {
  name: 'extension.rollout',
  handles: [
    'ExtensionWishedForAll',
    'ExtensionWishWithdrawn',
    tenancyEvents.tenantCreated,
    tenancyEvents.tenantSuspended,
    tenancyEvents.tenantResumed,
    tenancyEvents.tenantDeleted,
  ],
  processOf: () => 'all',
  initialState: { tenants: {}, wishes: {}, told: {}, due: [] },
  evolve,
  react,
};
