// Every registered version of every package, for whoever looks for something to install.
import type { Projection } from '@kari/kernel';
import type { PackageEvent } from '../package/package.events.js';

export interface PackageRow extends Record<string, unknown> {
  readonly extension: string;
  readonly version: string;
  readonly name: string;
  readonly description: string;
  readonly category: string;
  readonly license: string;
  readonly trust: string;
  readonly bundle_hash: string;
  readonly assets: Readonly<Record<string, string>>;
  readonly manifest: unknown;
  readonly folder: string;
  readonly registered_at: string;
  readonly replaced_at: string | null;
  readonly replacements: number;
}

export const packageProjection: Projection<PackageRow> = {
  name: 'extension.package',
  version: 1,
  table: {
    name: 'extension.package',
    columns: {
      extension: 'text',
      version: 'text',
      name: 'text',
      description: 'text',
      category: 'text',
      license: 'text',
      trust: 'text',
      bundle_hash: 'text',
      assets: 'json',
      manifest: 'json',
      folder: 'text',
      registered_at: 'timestamp',
      replaced_at: 'timestamp?',
      replacements: 'integer',
    },
    key: ['extension', 'version'],
    tenantColumn: null,
  },
  handles: ['PackageVersionRegistered', 'PackageVersionReplaced', 'PackageSourceConfirmed'],
  keyOf: (recorded) => {
    const { extension, version } = (recorded as unknown as PackageEvent).data;
    return [extension, version];
  },
  evolve(row, recorded) {
    const event = recorded as unknown as PackageEvent;
    if (event.type === 'PackageSourceConfirmed') return row === null ? null : { ...row, folder: event.data.folder };
    const { extension, version, manifest, bundleHash, assets, trust, folder } = event.data;
    const { name, description, category, license } = manifest;
    const at = recorded.meta.occurredAt;
    return {
      extension,
      version,
      name,
      description,
      category,
      license,
      trust,
      bundle_hash: bundleHash,
      assets,
      manifest,
      folder,
      registered_at: row?.registered_at ?? at,
      replaced_at: row === null ? null : at,
      replacements: row === null ? 0 : row.replacements + 1,
    };
  },
};
