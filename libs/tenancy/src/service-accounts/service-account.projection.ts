// The service accounts of each tenant; removed ones stay listed, because their name stays taken.
import type { Projection } from '@kari/kernel';
import type { ServiceAccountEvent } from './service-account.events.js';

export interface ServiceAccountRow extends Record<string, unknown> {
  readonly tenant: string;
  readonly service_account: string;
  readonly name: string;
  readonly roles: readonly string[];
  readonly status: 'active' | 'removed';
  readonly created_at: string;
}

export const serviceAccountProjection: Projection<ServiceAccountRow> = {
  name: 'tenancy.service_account',
  version: 1,
  table: {
    name: 'tenancy.service_account',
    columns: { tenant: 'text', service_account: 'text', name: 'text', roles: 'json', status: 'text', created_at: 'timestamp' },
    key: ['tenant', 'service_account'],
    tenantColumn: 'tenant',
  },
  handles: ['ServiceAccountCreated', 'ServiceAccountRolesChanged', 'ServiceAccountRemoved'],
  keyOf: (event) => [event.meta.tenant, (event as unknown as ServiceAccountEvent).data.serviceAccount],
  evolve(row, recorded) {
    const event = recorded as unknown as ServiceAccountEvent;
    if (event.type === 'ServiceAccountCreated') {
      const { serviceAccount, name, roles } = event.data;
      const { tenant, occurredAt } = recorded.meta;
      return { tenant, service_account: serviceAccount, name, roles, status: 'active', created_at: occurredAt };
    }
    if (row === null) return null;
    return event.type === 'ServiceAccountRolesChanged' ? { ...row, roles: event.data.roles } : { ...row, roles: [], status: 'removed' };
  },
};
