// What other contexts may ask of configuration and secrets.
import type { Manifest } from '@kari/protocol/manifest';

/** Token of `Configurations`. */
export const CONFIGURATIONS = Symbol('Configurations');
/** Token of `Secrets`. */
export const SECRETS = Symbol('Secrets');

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
   * The value behind a handle, for the broker's egress alone: throws `Rejection` DATA_SECRET_DENIED unless the secret is granted to the
   * extension and bound to that host. Every use is audited.
   */
  reveal(use: {
    readonly tenant: string;
    readonly extension: string;
    readonly handle: string;
    readonly host: string;
    readonly correlationId: string;
  }): Promise<string>;
}
