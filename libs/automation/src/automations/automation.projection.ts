// The list of a tenant's automations.
import type { Projection, RecordedEvent } from '@kari/kernel';
import type { AutomationEvent } from './automation.events.js';

export type AutomationRow = Readonly<{
  tenant: string;
  name: string;
  description: string;
  type: string;
  filter: string | null;
  input: unknown;
  workflow: string;
  target: 'task' | null;
  status: string;
  changed_at: string;
  changed_by: string;
}>;

export const automationProjection: Projection<AutomationRow> = {
  name: 'automation.automation',
  version: 2,
  table: {
    name: 'automation.automation',
    columns: {
      tenant: 'text',
      name: 'text',
      description: 'text',
      type: 'text',
      filter: 'text?',
      input: 'json?',
      workflow: 'text',
      target: 'text?',
      status: 'text',
      changed_at: 'timestamp',
      changed_by: 'text',
    },
    key: ['tenant', 'name'],
    tenantColumn: 'tenant',
  },
  handles: ['AutomationSaved', 'AutomationEnabled', 'AutomationDisabled', 'AutomationDeleted'],
  keyOf: ({ meta, data }) => [meta.tenant, (data as { name: string }).name],
  evolve(row, recorded) {
    const { type, data, meta } = recorded as RecordedEvent & AutomationEvent;
    const changed = { changed_at: meta.occurredAt, changed_by: meta.actor };
    switch (type) {
      case 'AutomationSaved':
        return { tenant: meta.tenant, ...data, target: data.target ?? null, status: row?.status ?? 'enabled', ...changed };
      case 'AutomationEnabled':
        return row === null ? null : { ...row, status: 'enabled', ...changed };
      case 'AutomationDisabled':
        return row === null ? null : { ...row, status: 'disabled', ...changed };
      case 'AutomationDeleted':
        return null;
    }
  },
};
