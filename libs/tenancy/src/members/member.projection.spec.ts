import { expect, it } from '@jest/globals';
import { AT, folded, recorded } from '../testing/recorded.js';
import { memberProjection } from './member.projection.js';

const meta = { tenant: 't' };
const added = recorded('MemberAdded', { member: 'm', email: 'ada@acme.test', name: 'Ada', roles: ['user'] }, meta);
const row = { tenant: 't', member: 'm', email: 'ada@acme.test', name: 'Ada', roles: ['user'], added_at: AT };

it('lists who belongs to a tenant, with the roles held now', () => {
  expect(folded(memberProjection, [added])).toEqual({ 't/m': row });
  const changed = recorded('MemberRolesChanged', { member: 'm', roles: ['admin'] }, meta);
  expect(folded(memberProjection, [added, changed])).toEqual({ 't/m': { ...row, roles: ['admin'] } });
});

it('keeps nothing of whoever left', () => {
  const removed = recorded('MemberRemoved', { member: 'm' }, meta);
  expect(folded(memberProjection, [added, removed])).toEqual({});
  expect(folded(memberProjection, [added, removed, recorded('MemberErased', { member: 'm' }, meta)])).toEqual({});
  expect(folded(memberProjection, [recorded('MemberRolesChanged', { member: 'm', roles: [] }, meta)])).toEqual({});
});

it('keeps the tenants apart', () => {
  const elsewhere = recorded('MemberRemoved', { member: 'm' }, { tenant: 'other' });
  expect(folded(memberProjection, [added, elsewhere])).toEqual({ 't/m': row });
});
