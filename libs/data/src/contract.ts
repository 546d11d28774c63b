// What other contexts may ask of configuration, secrets and the tables of extensions.
import type { Manifest, ManifestData } from '@kari/protocol/manifest';

/** Token of `Configurations`. */
export const CONFIGURATIONS = Symbol('Configurations');
/** Token of `Secrets`. */
export const SECRETS = Symbol('Secrets');
/** Token of `ExtensionTables`. */
export const EXTENSION_TABLES = Symbol('ExtensionTables');
/** Stands in the place of an extension's id for the secrets of a tenant's own workflows; no extension can be named so. */
export const WORKFLOWS = 'workflows';

export interface Configurations {
  /**
   * Effective values of an extension in a tenant: schema defaults, then global, then the tenant's; secret fields hold handles. By the schema
   * of that manifest, for a version that is not installed yet; default: the installed one's.
   */
  effective(tenant: string, extension: string, manifest?: Manifest): Promise<Readonly<Record<string, unknown>>>;
  /** After a change was stored. */
  onChange(listener: (tenant: string, extension: string) => void): () => void;
}

export interface Secrets {
  /**
   * The value behind a handle, for requests on their way out alone: throws `Rejection` DATA_SECRET_DENIED unless the secret is granted to
   * the extension, or is one of the tenant's workflows, and bound to that host. Every use is audited.
   */
  reveal(use: {
    readonly tenant: string;
    /** Its id, or `WORKFLOWS`. */
    readonly extension: string;
    /** Or the name of the secret. */
    readonly handle: string;
    readonly host: string;
    readonly correlationId: string;
    /** The run of a workflow that it is used by: kept in the audit trail. */
    readonly run?: string;
  }): Promise<string>;
}

/** The tables of one version of an extension in one tenant. */
export interface TableTarget {
  readonly tenant: string;
  readonly extension: string;
  /** The version that is to be served. */
  readonly version: string;
  /** The version that serves now; null for an install. */
  readonly from: string | null;
  /** What its manifest declares; absent when it keeps no tables. */
  readonly data: ManifestData | undefined;
}

/** What a version would do to the tables of a tenant. */
export interface TablePreview extends TablesHeld {
  /** Field by field, in the words of the manifest. */
  readonly changes: readonly {
    readonly act: 'create' | 'add' | 'alter' | 'rename' | 'drop' | 'index';
    readonly collection: string;
    /** Null: the collection itself. */
    readonly field: string | null;
    readonly detail: string;
  }[];
  /** Why it would be refused: DATA_LAYOUT_* of its manifest, DATA_MIGRATION_FAILED of the rows that are there. */
  readonly problems: readonly {
    readonly code: string;
    /** Into `extension.json`. */
    readonly pointer: string;
    readonly reason: string;
    readonly cure: string;
  }[];
  /**
   * Its steps, done on a copy of the rows and taken back. `not-needed`: there are no rows that it could meet, or the layout is refused already;
   * `too-large`: more than 100,000 rows or 64 MiB, so nothing was tried; `busy`: it would have taken longer than 3 seconds, or the tables are
   * being changed.
   */
  readonly trial: 'not-needed' | 'passed' | 'broken' | 'too-large' | 'busy';
}

/** What the tables hold now. */
export interface TablesHeld {
  readonly rows: number;
  /** As JSON, as they were last written. */
  readonly bytes: number;
}

/** What install and upgrade ask: each may be asked again after a kill, and goes on where it was. */
export interface ExtensionTables {
  /**
   * Brings the tables to where that version can be served beside the one that serves now, and says in words what was done. Throws
   * `Rejection`: DATA_LAYOUT_* for a layout that cannot follow the one before, DATA_MIGRATION_FAILED when rows stand in the way,
   * DATA_TABLES_BUSY.
   */
  prepare(target: TableTarget, signal: AbortSignal): Promise<string>;
  /** As if that version had not been prepared; tables that were made for a first install go with their rows. */
  takeBack(target: { readonly tenant: string; readonly extension: string; readonly version: string }): Promise<void>;
  /** What `prepare` would do and meet; nothing is changed. Null: there are no tables, before or after. */
  preview(target: TableTarget): Promise<TablePreview | null>;
  /** What a removal keeps; null where there are no tables. */
  held(owner: { readonly tenant: string; readonly extension: string }): Promise<TablesHeld | null>;
}
