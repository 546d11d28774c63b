// The list of a tenant's workflows.
import type { Projection, RecordedEvent } from '@kari/kernel';
import type { NeededCall } from './call.rules.js';
import type { WorkflowEvent } from './definition.events.js';

export type DefinitionRow = Readonly<{
  tenant: string;
  workflow: string;
  title: string;
  owner: string | null;
  latest_version: number;
  active_version: number | null;
  hash: string;
  /** Calls that each version needs, by its number. */
  needs: Readonly<Record<string, readonly NeededCall[]>>;
  saved_at: string;
  saved_by: string;
}>;

export const definitionProjection: Projection<DefinitionRow> = {
  name: 'workflow.definition',
  version: 1,
  table: {
    name: 'workflow.definition',
    columns: {
      tenant: 'text',
      workflow: 'text',
      title: 'text',
      owner: 'text?',
      latest_version: 'integer',
      active_version: 'integer?',
      hash: 'text',
      needs: 'json',
      saved_at: 'timestamp',
      saved_by: 'text',
    },
    key: ['tenant', 'workflow'],
    tenantColumn: 'tenant',
  },
  handles: ['WorkflowSaved', 'WorkflowActivated', 'WorkflowDeactivated', 'WorkflowDeleted'],
  keyOf: ({ meta, data }) => [meta.tenant, (data as { workflow: string }).workflow],
  evolve(row, event) {
    const { type, data, meta } = event as RecordedEvent & WorkflowEvent;
    switch (type) {
      case 'WorkflowSaved': {
        const { workflow, title, owner, version, hash, needs } = data;
        return {
          tenant: meta.tenant,
          workflow,
          title,
          owner,
          latest_version: version,
          active_version: row?.active_version ?? null,
          hash,
          needs: { ...row?.needs, [version]: needs },
          saved_at: meta.occurredAt,
          saved_by: meta.actor,
        };
      }
      case 'WorkflowActivated':
        return row === null ? null : { ...row, active_version: data.version };
      case 'WorkflowDeactivated':
        return row === null ? null : { ...row, active_version: null };
      case 'WorkflowDeleted':
        return null;
      // Asked of the installations at each read.
      case 'WorkflowBlocked':
      case 'WorkflowUnblocked':
        return row;
    }
  },
};
