import { describe, it } from '@jest/globals';
import { specify } from '@kari/kernel/testing';
import { serviceAccountIdOf } from './service-account.commands.js';
import { serviceAccountDecider } from './service-account.decider.js';
import type { ServiceAccountEvent } from './service-account.events.js';

const tenant = '00000000-0000-7000-8000-00000000000a';
const serviceAccount = serviceAccountIdOf(tenant, 'pipeline');
const created: ServiceAccountEvent = { type: 'ServiceAccountCreated', data: { serviceAccount, name: 'pipeline', roles: ['developer'] } };
const changed: ServiceAccountEvent = { type: 'ServiceAccountRolesChanged', data: { serviceAccount, roles: ['operator'] } };
const removed: ServiceAccountEvent = { type: 'ServiceAccountRemoved', data: { serviceAccount } };

const create = { type: 'CreateServiceAccount', data: { name: 'pipeline', roles: ['developer'] } } as const;
const change = { type: 'ChangeServiceAccountRoles', data: { serviceAccount, roles: ['operator'] } } as const;
const remove = { type: 'RemoveServiceAccount', data: { serviceAccount } } as const;

const { given } = specify(serviceAccountDecider);

describe('a service account', () => {
  it('is created under a name that is never given out twice: its old tokens must not come back to life', () => {
    given([]).when(create, { tenant }).then([created]);
    given([created]).when(create, { tenant }).thenRejected('TENANCY_SERVICE_ACCOUNT_EXISTS');
    given([created, removed]).when(create, { tenant }).thenRejected('TENANCY_SERVICE_ACCOUNT_EXISTS');
  });

  it('changes roles', () => {
    given([created]).when(change, { tenant }).then([changed]);
    given([created, changed]).when(change, { tenant }).thenNothing();
    given([created])
      .when({ ...change, data: { serviceAccount, roles: ['platform-operator'] } }, { tenant })
      .thenRejected('TENANCY_ROLE_NOT_HERE');
    given([created, removed]).when(change, { tenant }).thenRejected('TENANCY_SERVICE_ACCOUNT_UNKNOWN');
  });

  it('is removed for good', () => {
    given([created]).when(remove, { tenant }).then([removed]);
    given([created, removed]).when(remove, { tenant }).thenNothing();
    given([]).when(remove, { tenant }).thenRejected('TENANCY_SERVICE_ACCOUNT_UNKNOWN');
  });
});
