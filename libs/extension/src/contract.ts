// What other contexts may know of extensions: their installations and grants as a versioned snapshot, and the published event names.
import type { Manifest } from '@kari/protocol/manifest';

/** Token of `Installations`. */
export const INSTALLATIONS = Symbol('Installations');

/** How far a package is trusted; see `sandbox.minimumLevel`. */
export type TrustClass = 'firstParty' | 'development' | 'thirdParty';

/** One registered version of an extension: what exactly would run. */
export interface RegisteredVersion {
  readonly extension: string;
  readonly version: string;
  readonly manifest: Manifest;
  /** Hex SHA-256 of `bundle.mjs`; the bytes live in the blob store under this hash. */
  readonly bundleHash: string;
  /** Asset name → hex SHA-256. */
  readonly assets: Readonly<Record<string, string>>;
  readonly trust: TrustClass;
}

/** A consented permission: one item of the manifest's permissions, named `<capability>:<argument>` (`http:https://api.example.org:443`, `plugins:time.now`, `kv`). */
export interface Grant {
  readonly id: string;
  readonly capability: string;
  /** The item's arguments as the manifest gives them, without the reason. */
  readonly scope: Readonly<Record<string, unknown>>;
  readonly state: 'granted' | 'revoked';
}

export type InstallationStatus = 'installing' | 'enabled' | 'disabled' | 'failed';

/** One extension in one tenant. */
export interface Installation {
  readonly tenant: string;
  readonly extension: string;
  readonly status: InstallationStatus;
  readonly version: RegisteredVersion;
  readonly grants: readonly Grant[];
  /** Revision of its stream: rises with every change of status, version or grants. */
  readonly revision: bigint;
}

/**
 * The snapshot that enforcement reads: folded from the log in memory, synchronous, never a projection. Every read throws `Rejection`
 * EXTENSION_SNAPSHOT_STALE while the fold is not known to follow the log (fail closed).
 */
export interface Installations {
  /** Null when the extension is not installed in that tenant. */
  find(tenant: string, extension: string): Installation | null;
  /** Installations of a tenant, by extension id. */
  ofTenant(tenant: string): readonly Installation[];
  /** Called after each change, in log order, before the snapshot is read by anyone else. Returns the way to stop listening. */
  onChange(listener: (tenant: string, extension: string) => void): () => void;
}

/** Names other contexts may handle; bodies are in their zod schemas in this context's `*.events.ts`. */
export const extensionEvents = {
  installed: 'ExtensionInstalled',
  enabled: 'ExtensionEnabled',
  disabled: 'ExtensionDisabled',
  removed: 'ExtensionRemoved',
  grantRevoked: 'ExtensionGrantRevoked',
  grantGiven: 'ExtensionGrantGiven',
} as const;
