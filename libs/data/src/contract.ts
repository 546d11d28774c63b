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
}
