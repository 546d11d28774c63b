// Which secrets a tenant has set: names, hosts, versions, fingerprints. Nothing here opens one.
import type { Projection, RecordedEvent } from '@kari/kernel';
import type { SecretEvent } from './secret.events.js';

export type SecretRow = Readonly<{
  tenant: string;
  extension: string;
  name: string;
  hosts: readonly string[];
  secret_version: number;
  fingerprint: string;
  changed_at: string;
  changed_by: string;
}>;

export const secretProjection: Projection<SecretRow> = {
  name: 'data.secrets',
  version: 1,
  table: {
    name: 'data.secrets',
    columns: {
      tenant: 'text',
      extension: 'text',
      name: 'text',
      hosts: 'json',
      secret_version: 'integer',
      fingerprint: 'text',
      changed_at: 'timestamp',
      changed_by: 'text',
    },
    key: ['tenant', 'extension', 'name'],
    tenantColumn: 'tenant',
  },
  handles: ['SecretSet', 'SecretRotated', 'SecretDeleted'],
  keyOf: (event) => {
    const { extension, name } = (event as RecordedEvent & SecretEvent).data;
    return [event.meta.tenant, extension, name];
  },
  evolve(row, recorded) {
    const event = recorded as RecordedEvent & SecretEvent;
    if (event.type === 'SecretDeleted') return null;
    const { extension, name, version, fingerprint } = event.data;
    return {
      tenant: recorded.meta.tenant,
      extension,
      name,
      hosts: event.type === 'SecretSet' ? event.data.hosts : (row?.hosts ?? []),
      secret_version: version,
      fingerprint,
      changed_at: recorded.meta.occurredAt,
      changed_by: recorded.meta.actor,
    };
  },
};
