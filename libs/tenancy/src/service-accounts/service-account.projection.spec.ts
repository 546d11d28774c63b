import { expect, it } from '@jest/globals';
import { AT, folded, recorded } from '../testing/recorded.js';
import { serviceAccountProjection } from './service-account.projection.js';

const meta = { tenant: 't' };
const created = recorded('ServiceAccountCreated', { serviceAccount: 's', name: 'ci', roles: ['developer'] }, meta);
const row = { tenant: 't', service_account: 's', name: 'ci', roles: ['developer'], status: 'active', created_at: AT };

it('lists service accounts with the roles held now; a removed one holds none', () => {
  const changed = recorded('ServiceAccountRolesChanged', { serviceAccount: 's', roles: ['operator'] }, meta);
  const removed = recorded('ServiceAccountRemoved', { serviceAccount: 's' }, meta);
  expect(folded(serviceAccountProjection, [created, changed])).toEqual({ 't/s': { ...row, roles: ['operator'] } });
  expect(folded(serviceAccountProjection, [created, changed, removed])).toEqual({ 't/s': { ...row, roles: [], status: 'removed' } });
  expect(folded(serviceAccountProjection, [removed])).toEqual({});
});
