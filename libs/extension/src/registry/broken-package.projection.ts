// Folders that the last scan could not use, for whoever must put them right.
import type { Projection } from '@kari/kernel';
import type { FolderEvent, PackageProblem } from '../discovery/folder.events.js';

export interface BrokenPackageRow extends Record<string, unknown> {
  readonly folder: string;
  readonly extension: string | null;
  readonly errors: readonly PackageProblem[];
  /** When it broke first; errors that change in between do not make it younger. */
  readonly since: string;
  readonly seen_at: string;
}

export const brokenPackageProjection: Projection<BrokenPackageRow> = {
  name: 'extension.broken_package',
  version: 1,
  table: {
    name: 'extension.broken_package',
    columns: { folder: 'text', extension: 'text?', errors: 'json', since: 'timestamp', seen_at: 'timestamp' },
    key: ['folder'],
    tenantColumn: null,
  },
  handles: ['PackageRejected', 'PackageRejectionCleared'],
  keyOf: (recorded) => [(recorded as unknown as FolderEvent).data.folder],
  evolve(row, recorded) {
    const event = recorded as unknown as FolderEvent;
    if (event.type === 'PackageRejectionCleared') return null;
    const { folder, extension, errors } = event.data;
    const at = recorded.meta.occurredAt;
    return { folder, extension, errors, since: row?.since ?? at, seen_at: at };
  },
};
