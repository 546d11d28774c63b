// The people of each tenant (of the platform in `_`) with their roles. Whoever leaves has no row, so nothing personal stays behind.
import type { Projection } from '@kari/kernel';
import type { MembershipEvent } from './membership.events.js';

export interface MemberRow extends Record<string, unknown> {
  readonly tenant: string;
  readonly member: string;
  readonly email: string | null;
  readonly name: string | null;
  readonly roles: readonly string[];
  readonly added_at: string;
}

export const memberProjection: Projection<MemberRow> = {
  name: 'tenancy.member',
  version: 1,
  table: {
    name: 'tenancy.member',
    columns: { tenant: 'text', member: 'text', email: 'text?', name: 'text?', roles: 'json', added_at: 'timestamp' },
    key: ['tenant', 'member'],
    tenantColumn: 'tenant',
  },
  handles: ['MemberAdded', 'MemberRolesChanged', 'MemberRemoved', 'MemberErased'],
  keyOf: (event) => [event.meta.tenant, (event as unknown as MembershipEvent).data.member],
  evolve(row, recorded) {
    const event = recorded as unknown as MembershipEvent;
    switch (event.type) {
      case 'MemberAdded': {
        const { member, email, name, roles } = event.data;
        return { tenant: recorded.meta.tenant, member, email, name, roles, added_at: recorded.meta.occurredAt };
      }
      case 'MemberRolesChanged':
        return row === null ? null : { ...row, roles: event.data.roles };
      case 'MemberRemoved':
      case 'MemberErased':
        return null;
    }
  },
};
