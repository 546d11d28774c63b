import { expect, it } from '@jest/globals';
import { AT, folded, recorded } from '../testing/recorded.js';
import { tenantProjection } from './tenant.projection.js';

const later = { occurredAt: '2026-01-02T00:00:00.000Z' };
const created = recorded('TenantCreated', { tenant: 't', slug: 'acme', name: 'Acme' });
const row = {
  tenant: 't',
  slug: 'acme',
  name: 'Acme',
  status: 'active',
  reason: null,
  created_at: AT,
  changed_at: AT,
  export: null,
  limits: {},
};

it('lists a tenant as it stands, with the reason of a suspension as long as it lasts', () => {
  const suspended = recorded('TenantSuspended', { tenant: 't', reason: 'unpaid' }, later);
  const resumed = recorded('TenantResumed', { tenant: 't' }, later);
  expect(folded(tenantProjection, [created])).toEqual({ t: row });
  expect(folded(tenantProjection, [created, suspended])).toEqual({
    t: { ...row, status: 'suspended', reason: 'unpaid', changed_at: later.occurredAt },
  });
  expect(folded(tenantProjection, [created, suspended, resumed])).toEqual({ t: { ...row, changed_at: later.occurredAt } });
});

it('keeps a deleted tenant listed, with its export', () => {
  const leaving = recorded('TenantDeletionRequested', { tenant: 't', export: true });
  const deleted = recorded('TenantDeleted', { tenant: 't', export: { blob: 'sha256-00', events: 3 } });
  expect(folded(tenantProjection, [created, leaving])).toEqual({ t: { ...row, status: 'deleting' } });
  expect(folded(tenantProjection, [created, leaving, deleted])).toEqual({ t: { ...row, status: 'deleted', export: 'sha256-00' } });
});

it('shows the rates that were set for it last', () => {
  const set = (limits: object) => recorded('TenantRateLimitsSet', { tenant: 't', limits }, later);
  expect(folded(tenantProjection, [created, set({ token: 1 }), set({ tenant: 5 })])).toEqual({
    t: { ...row, limits: { tenant: 5 }, changed_at: later.occurredAt },
  });
});

it('makes no row of an event without its beginning', () => {
  expect(folded(tenantProjection, [recorded('TenantResumed', { tenant: 't' })])).toEqual({});
});
