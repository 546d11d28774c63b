import { describe, it } from '@jest/globals';
import { specify } from '@kari/kernel/testing';
import { tenantIdOf } from './tenant.commands.js';
import { tenantDecider } from './tenant.decider.js';
import type { TenantEvent } from './tenant.events.js';

const tenant = tenantIdOf('acme');
const created: TenantEvent = { type: 'TenantCreated', data: { tenant, slug: 'acme', name: 'Acme' } };
const suspended: TenantEvent = { type: 'TenantSuspended', data: { tenant, reason: 'unpaid' } };
const resumed: TenantEvent = { type: 'TenantResumed', data: { tenant } };
const leaving: TenantEvent = { type: 'TenantDeletionRequested', data: { tenant, export: true } };
const leavingAtOnce: TenantEvent = { type: 'TenantDeletionRequested', data: { tenant, export: false } };
const deleted: TenantEvent = { type: 'TenantDeleted', data: { tenant, export: null } };

const create = { type: 'CreateTenant', data: { slug: 'acme', name: 'Acme' } } as const;
const suspend = { type: 'SuspendTenant', data: { tenant, reason: 'unpaid' } } as const;
const resume = { type: 'ResumeTenant', data: { tenant } } as const;
const remove = { type: 'DeleteTenant', data: { tenant, export: true } } as const;
const complete = { type: 'CompleteTenantDeletion', data: { tenant, export: null } } as const;
const exported = { blob: 'sha256-00', events: 7 };

const { given } = specify(tenantDecider);

describe('a tenant', () => {
  it('is created under a slug that is never given out twice', () => {
    given([]).when(create).then([created]);
    given([created]).when(create).thenRejected('TENANCY_SLUG_TAKEN');
    given([created, leavingAtOnce, deleted]).when(create).thenRejected('TENANCY_SLUG_TAKEN');
  });

  it('is suspended and resumed; asking twice changes nothing', () => {
    given([created]).when(suspend).then([suspended]);
    given([created, suspended]).when(suspend).thenNothing();
    given([created, suspended]).when(resume).then([resumed]);
    given([created]).when(resume).thenNothing();
    given([created, suspended, resumed]).when(suspend).then([suspended]);
  });

  it('has rates of its own, set as a whole; the same again changes nothing', () => {
    const wish = (limits: object) => ({ type: 'SetTenantRateLimits', data: { tenant, limits } }) as const;
    const set = (limits: object): TenantEvent => ({ type: 'TenantRateLimitsSet', data: { tenant, limits } });
    given([created])
      .when(wish({ tenant: 5, token: 2 }))
      .then([set({ tenant: 5, token: 2 })]);
    given([created]).when(wish({})).thenNothing();
    given([created, set({ tenant: 5 })])
      .when(wish({ tenant: 5 }))
      .thenNothing();
    for (const other of [{ tenant: 6 }, { tenant: 5, token: 1 }, { tenant: 5, extension: 1 }, {}])
      given([created, set({ tenant: 5 })])
        .when(wish(other))
        .then([set(other)]);
    given([created, set({ tenant: 5 }), suspended, resumed])
      .when(wish({ tenant: 5 }))
      .thenNothing();
    given([created, suspended])
      .when(wish({ tenant: 5 }))
      .then([set({ tenant: 5 })]);
    given([created, leaving])
      .when(wish({ tenant: 5 }))
      .thenRejected('TENANCY_TENANT_DELETED');
    given([])
      .when(wish({ tenant: 5 }))
      .thenRejected('TENANCY_TENANT_UNKNOWN');
  });

  it('is deleted from any state, and never comes back', () => {
    given([created]).when(remove).then([leaving]);
    given([created, suspended]).when(remove).then([leaving]);
    given([created, leaving]).when(remove).thenNothing();
    given([created, leaving]).when(resume).thenRejected('TENANCY_TENANT_DELETED');
    given([created, leavingAtOnce, deleted]).when(suspend).thenRejected('TENANCY_TENANT_DELETED');
    given([created, leavingAtOnce, deleted]).when(remove).thenNothing();
  });

  it('is gone only once its export, if asked for, is safe', () => {
    given([created, leavingAtOnce]).when(complete).then([deleted]);
    given([created, leaving]).when(complete).thenRejected('TENANCY_EXPORT_MISSING');
    given([created, leaving])
      .when({ ...complete, data: { tenant, export: exported } })
      .then([{ type: 'TenantDeleted', data: { tenant, export: exported } }]);
    given([created]).when(complete).thenRejected('TENANCY_TENANT_NOT_LEAVING');
    given([created, leavingAtOnce, deleted]).when(complete).thenNothing();
  });

  it('must exist', () => {
    for (const command of [suspend, resume, remove, complete]) given([]).when(command).thenRejected('TENANCY_TENANT_UNKNOWN');
  });
});
