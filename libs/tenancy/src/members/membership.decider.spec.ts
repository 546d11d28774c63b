import { describe, expect, it } from '@jest/globals';
import { derivedId } from '@kari/kernel';
import { specify } from '@kari/kernel/testing';
import { membershipDecider } from './membership.decider.js';
import type { MembershipEvent } from './membership.events.js';

const ada = derivedId('ada');
const bob = derivedId('bob');

const adaAdded: MembershipEvent = { type: 'MemberAdded', data: { member: ada, email: 'ada@acme.test', name: 'Ada', roles: ['admin'] } };
const bobAdded: MembershipEvent = { type: 'MemberAdded', data: { member: bob, email: 'bob@acme.test', name: 'Bob', roles: ['user'] } };
const bobAdmin: MembershipEvent = { type: 'MemberRolesChanged', data: { member: bob, roles: ['admin'] } };
const adaRemoved: MembershipEvent = { type: 'MemberRemoved', data: { member: ada } };
const adaErased: MembershipEvent = { type: 'MemberErased', data: { member: ada } };

const addBob = { type: 'AddMember', data: { member: bob, email: 'bob@acme.test', name: 'Bob', roles: ['user'] } } as const;
const removeAda = { type: 'RemoveMember', data: { member: ada } } as const;
const eraseAda = { type: 'EraseMember', data: { member: ada } } as const;
const dissolve = { type: 'DissolveMembership', data: {} } as const;
const change = (member: string, ...roles: ('admin' | 'user' | 'viewer' | 'platform-operator')[]) =>
  ({ type: 'ChangeMemberRoles', data: { member, roles } }) as const;

const { given } = specify(membershipDecider);
const platform = { tenant: '_' };

describe('members of a tenant', () => {
  it('are added with roles, each once and in the order of the table', () => {
    given([adaAdded]).when(addBob).then([bobAdded]);
    given([])
      .when({ ...addBob, data: { ...addBob.data, roles: ['user', 'viewer', 'user'] } })
      .then([{ ...bobAdded, data: { ...addBob.data, roles: ['viewer', 'user'] } }]);
  });

  it('are added once, whatever the case of the address; the refusal names the member, never the address', () => {
    const again = { ...addBob, data: { ...addBob.data, member: derivedId('other'), email: 'BOB@acme.test' } };
    given([bobAdded]).when(again).thenRejected('TENANCY_MEMBER_EXISTS');
    given([bobAdded]).when(addBob).thenRejected('TENANCY_MEMBER_EXISTS');
    given([bobAdded, adaAdded, adaRemoved])
      .when({ ...addBob, data: { ...addBob.data, member: ada, email: 'new@acme.test' } })
      .thenRejected('TENANCY_MEMBER_EXISTS');
  });

  it('can return under another id once they left', () => {
    const back = { ...addBob, data: { ...addBob.data, member: derivedId('bob again') } };
    given([adaAdded, bobAdded, { type: 'MemberRemoved', data: { member: bob } }])
      .when(back)
      .then([{ ...bobAdded, data: back.data }]);
  });

  it('change roles; the same roles change nothing', () => {
    given([adaAdded, bobAdded]).when(change(bob, 'admin')).then([bobAdmin]);
    given([adaAdded, bobAdded]).when(change(bob, 'user')).thenNothing();
    given([adaAdded]).when(change(bob, 'user')).thenRejected('TENANCY_MEMBER_UNKNOWN');
  });

  it('keep at least one administrator', () => {
    given([adaAdded, bobAdded]).when(removeAda).thenRejected('TENANCY_LAST_ADMIN');
    given([adaAdded, bobAdded]).when(change(ada, 'user')).thenRejected('TENANCY_LAST_ADMIN');
    given([adaAdded, bobAdded, bobAdmin]).when(removeAda).then([adaRemoved]);
    given([adaAdded, bobAdded, bobAdmin, adaRemoved]).when(change(bob, 'user')).thenRejected('TENANCY_LAST_ADMIN');
  });

  it('are removed once', () => {
    given([adaAdded, bobAdded, bobAdmin, adaRemoved]).when(removeAda).thenNothing();
    given([]).when(removeAda).thenRejected('TENANCY_MEMBER_UNKNOWN');
  });

  it('are erased once they left, and only then', () => {
    const gone = [adaAdded, bobAdded, bobAdmin, adaRemoved];
    given(gone).when(eraseAda).then([adaErased]);
    given([...gone, adaErased])
      .when(eraseAda)
      .thenNothing();
    given([adaAdded]).when(eraseAda).thenRejected('TENANCY_MEMBER_PRESENT');
    given([]).when(eraseAda).thenRejected('TENANCY_MEMBER_UNKNOWN');
  });

  it('all leave and are forgotten with their tenant', () => {
    const bobLeaves: MembershipEvent[] = [
      { type: 'MemberRemoved', data: { member: bob } },
      { type: 'MemberErased', data: { member: bob } },
    ];
    given([adaAdded, bobAdded, bobAdmin, adaRemoved])
      .when(dissolve)
      .then([...bobLeaves, adaErased]);
    given([adaAdded, bobAdded, bobAdmin, adaRemoved, ...bobLeaves, adaErased])
      .when(dissolve)
      .thenNothing();
  });

  it('have tenant roles in a tenant and platform roles on the platform', () => {
    given([adaAdded, bobAdded]).when(change(bob, 'platform-operator')).thenRejected('TENANCY_ROLE_NOT_HERE');
    given([]).when(addBob, platform).thenRejected('TENANCY_ROLE_NOT_HERE');
    const operator = { ...addBob, data: { ...addBob.data, roles: ['platform-operator' as const] } };
    given([])
      .when(operator, platform)
      .then([{ ...bobAdded, data: operator.data }]);
    given([{ ...bobAdded, data: operator.data }])
      .when({ type: 'RemoveMember', data: { member: bob } }, platform)
      .thenRejected('TENANCY_LAST_ADMIN');
  });

  it('stay members when their personal fields were erased', () => {
    const erased: MembershipEvent = { type: 'MemberAdded', data: { member: ada, email: null, name: null, roles: ['admin'] } };
    expect(membershipDecider.evolve(membershipDecider.initialState, erased).members[ada]).toEqual({
      roles: ['admin'],
      email: null,
      name: null,
    });
    given([erased]).when(addBob).then([bobAdded]);
  });
});
