// What other contexts may ask of configuration and secrets.
import type { Manifest } from '@kari/protocol/manifest';

/** Token of `Configurations`. */
export const CONFIGURATIONS = Symbol('Configurations');
/** Token of `Secrets`. */
export const SECRETS = Symbol('Secrets');
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
