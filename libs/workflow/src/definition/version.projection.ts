// Every version of every workflow, as it was saved. Versions outlive the deletion of their workflow: runs of the past are pinned to them.
import type { Projection, RecordedEvent } from '@kari/kernel';
import type { NeededCall } from './call.rules.js';
import type { WorkflowSaved } from './definition.events.js';

export type VersionRow = Readonly<{
  tenant: string;
  workflow: string;
  version: number;
  hash: string;
  title: string;
  document: string;
  needs: readonly NeededCall[];
  saved_at: string;
  saved_by: string;
}>;

export const versionProjection: Projection<VersionRow> = {
  name: 'workflow.version',
  version: 1,
  table: {
    name: 'workflow.version',
    columns: {
      tenant: 'text',
      workflow: 'text',
      version: 'integer',
      hash: 'text',
      title: 'text',
      document: 'text',
      needs: 'json',
      saved_at: 'timestamp',
      saved_by: 'text',
    },
    key: ['tenant', 'workflow', 'version'],
    tenantColumn: 'tenant',
  },
  handles: ['WorkflowSaved'],
  keyOf: ({ meta, data }) => {
    const { workflow, version } = data as WorkflowSaved;
    return [meta.tenant, workflow, String(version)];
  },
  evolve(_row, event) {
    const { workflow, version, hash, title, document, needs } = (event as RecordedEvent<string, WorkflowSaved>).data;
    const { tenant, occurredAt, actor } = event.meta;
    return { tenant, workflow, version, hash, title, document, needs, saved_at: occurredAt, saved_by: actor };
  },
};
