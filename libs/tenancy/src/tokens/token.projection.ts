// The API tokens of each tenant, for people who look after them. Neither value nor hash is among the columns.
import type { Projection } from '@kari/kernel';
import type { TokenEvent } from './token.events.js';

export interface TokenRow extends Record<string, unknown> {
  readonly tenant: string;
  readonly token: string;
  readonly owner_kind: 'member' | 'service-account';
  readonly owner: string;
  readonly name: string;
  readonly rights: readonly string[] | null;
  readonly issued_at: string;
  readonly issued_by: string;
  readonly expires_at: string;
  readonly revoked_at: string | null;
}

export const tokenProjection: Projection<TokenRow> = {
  name: 'tenancy.token',
  version: 1,
  table: {
    name: 'tenancy.token',
    columns: {
      tenant: 'text',
      token: 'text',
      owner_kind: 'text',
      owner: 'text',
      name: 'text',
      rights: 'json?',
      issued_at: 'timestamp',
      issued_by: 'text',
      expires_at: 'timestamp',
      revoked_at: 'timestamp?',
    },
    key: ['tenant', 'token'],
    tenantColumn: 'tenant',
  },
  handles: ['TokenIssued', 'TokenRevoked'],
  keyOf: (event) => [event.meta.tenant, (event as unknown as TokenEvent).data.token],
  evolve(row, recorded) {
    const event = recorded as unknown as TokenEvent;
    const { tenant, actor, occurredAt } = recorded.meta;
    if (event.type === 'TokenRevoked') return row === null ? null : { ...row, revoked_at: occurredAt };
    const { token, owner, name, rights, expiresAt } = event.data;
    return {
      tenant,
      token,
      owner_kind: owner.kind,
      owner: owner.id,
      name,
      rights,
      issued_at: occurredAt,
      issued_by: actor,
      expires_at: expiresAt,
      revoked_at: null,
    };
  },
};
