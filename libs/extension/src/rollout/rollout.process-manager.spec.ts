import { describe, expect, it } from '@jest/globals';
import { streamId, type DomainEvent, type RecordedEvent } from '@kari/kernel';
import { extension, found, kv, OTHER_TENANT, TENANT, version, web } from '../testing/stories.js';
import { recorded } from '../testing/recorded.js';
import { rolloutProcessManager as manager } from './rollout.process-manager.js';

const onTenant = (type: string, tenant: string): RecordedEvent =>
  recorded({ type, data: { tenant } }, streamId('tenancy.tenant', '_', tenant));
const onWish = (event: DomainEvent): RecordedEvent => recorded(event, streamId('extension.wish', '_', extension));
const created = (tenant: string) => onTenant('TenantCreated', tenant);
const wished = onWish({ type: 'ExtensionWishedForAll', data: { extension, package: found, consented: [kv.id, web.id], enable: true } });
const withdrawn = onWish({ type: 'ExtensionWishWithdrawn', data: { extension } });

function after(...history: readonly RecordedEvent[]) {
  const state = history.reduce((folded, event) => manager.evolve(folded, event), manager.initialState);
  const last = history.at(-1);
  return last === undefined ? [] : manager.react(state, last);
}

const fulfilled = (tenant: string) => ({
  tenant,
  command: {
    type: 'FulfilWish',
    data: { extension, version, consented: [kv.id, web.id], enable: true, facts: { found, known: [version], safeBoot: false } },
  },
});
const taken = (tenant: string) => ({ tenant, command: { type: 'WithdrawWish', data: { extension } } });

describe('a wish for all tenants', () => {
  it('reaches every tenant there is', () =>
    expect(after(created(TENANT), created(OTHER_TENANT), wished)).toEqual([fulfilled(TENANT), fulfilled(OTHER_TENANT)]));
  it('reaches each tenant that comes later, and that one alone', () =>
    expect(after(created(TENANT), wished, created(OTHER_TENANT))).toEqual([fulfilled(OTHER_TENANT)]));
  it('waits for a suspended tenant until it is resumed', () => {
    const history = [created(TENANT), onTenant('TenantSuspended', TENANT), wished];
    expect(after(...history)).toEqual([]);
    expect(after(...history, onTenant('TenantResumed', TENANT))).toEqual([fulfilled(TENANT)]);
  });
  it('is told to a tenant once: what was removed there stays removed', () => {
    expect(after(created(TENANT), wished, onTenant('TenantSuspended', TENANT), onTenant('TenantResumed', TENANT))).toEqual([]);
  });
  it('knows nothing of a deleted tenant', () => expect(after(created(TENANT), onTenant('TenantDeleted', TENANT), wished)).toEqual([]));
  it('withdrawn is taken back from all who were told, suspended ones too', () => {
    expect(after(created(TENANT), created(OTHER_TENANT), wished, onTenant('TenantSuspended', TENANT), withdrawn)).toEqual([
      taken(TENANT),
      taken(OTHER_TENANT),
    ]);
  });
  it('withdrawn says nothing to later tenants, wished again it speaks to all', () => {
    expect(after(created(TENANT), wished, withdrawn, created(OTHER_TENANT))).toEqual([]);
    expect(after(created(TENANT), wished, withdrawn, wished)).toEqual([fulfilled(TENANT)]);
  });
  it('renewed with a newer version speaks of that to whom it reached, and wholly to the others', () => {
    const newer = onWish({
      type: 'ExtensionWishedForAll',
      data: { extension, package: { ...found, version: '2.0.0' }, consented: [kv.id, web.id], enable: true },
    });
    const spoken = (...history: readonly RecordedEvent[]) => after(...history).map(({ tenant, command: { type } }) => `${type} ${tenant}`);
    const begun = [created(TENANT), created(OTHER_TENANT), wished, onTenant('TenantSuspended', OTHER_TENANT), newer];
    expect(spoken(...begun)).toEqual([`RenewWish ${TENANT}`]);
    expect(spoken(...begun, onTenant('TenantResumed', OTHER_TENANT))).toEqual([`RenewWish ${OTHER_TENANT}`]);
    const third = '00000000-0000-7000-8000-00000000000c';
    expect(spoken(...begun, created(third))).toEqual([`FulfilWish ${third}`]);
    expect(spoken(...begun, withdrawn)).toEqual([`WithdrawWish ${TENANT}`, `WithdrawWish ${OTHER_TENANT}`]);
  });
});
