// What other contexts may know of extensions: their installations and grants as a versioned snapshot, the published event names, and the
// manager that the composition root asks to scan, to start and to install.
import type { CommandOutcome, RequestContext } from '@kari/kernel';
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
  /** Path of a workflow, page, component or translation in the package → hex SHA-256; left out where the package has none. */
  readonly documents?: Readonly<Record<string, string>>;
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
  upgradeRequested: 'ExtensionUpgradeRequested',
  /** Waits: for consent, or for users of a contract that would break. */
  upgradeHeld: 'ExtensionUpgradeHeld',
  upgradeResumed: 'ExtensionUpgradeResumed',
  /** The switch: the new version and its grants are enforced. */
  upgraded: 'ExtensionUpgraded',
  /** Its trial period is over. */
  upgradeProven: 'ExtensionUpgradeProven',
  /** It failed or was cancelled, and was taken back: the old version stays. */
  upgradeUndone: 'ExtensionUpgradeUndone',
  rolledBack: 'ExtensionRolledBack',
} as const;

/** Token of `ExtensionManagement`. */
export const EXTENSION_MANAGER = Symbol('ExtensionManager');

export interface InstallRequest {
  readonly extension: string;
  /** A registered version; null: the highest release. */
  readonly version: string | null;
  /** Exactly the ids that `previewInstall` lists: one per permission, and `resources:M` or `resources:L` above class S. */
  readonly consented: readonly string[];
  /** Whether it is enabled as the last step. */
  readonly enable: boolean;
}

export interface UpgradeRequest {
  readonly extension: string;
  /** A registered version newer than the installed one; null: the highest release. */
  readonly version: string | null;
  /** Ids of what `previewUpgrade` asks consent for; what is missing holds the upgrade. */
  readonly consented: readonly string[];
}

/**
 * Everything that changes an extension in the caller's tenant. Each answers once the decision is in the log and this process enforces it;
 * throws `Rejection`: EXTENSION_*, SECURITY_GRANT_UNKNOWN, or what the command bus refuses. Repeats change nothing.
 */
export interface ExtensionManagement {
  /** The ids that an install of the highest release must consent to; EXTENSION_PACKAGE_UNKNOWN when there is none. */
  consentFor(tenant: string, extension: string): readonly string[];
  /** Answers when the install is requested; it then goes on step by step. EXTENSION_CONSENT_REQUIRED lists what is not consented to. */
  install(request: InstallRequest, caller: RequestContext): Promise<CommandOutcome>;
  enable(extension: string, caller: RequestContext): Promise<CommandOutcome>;
  /** EXTENSION_HAS_DEPENDENTS names enabled extensions that need it. */
  disable(extension: string, caller: RequestContext): Promise<CommandOutcome>;
  /** EXTENSION_HAS_DEPENDENTS names installed extensions that need it. */
  remove(extension: string, caller: RequestContext): Promise<CommandOutcome>;
  cancelInstall(extension: string, caller: RequestContext): Promise<CommandOutcome>;
  /**
   * Answers when the upgrade is requested; it then goes on step by step, and until its switch the old version serves with its grants. Without
   * full consent it is held and waits. EXTENSION_VERSION_OLDER: an older version is for `rollBack`.
   */
  upgrade(request: UpgradeRequest, caller: RequestContext): Promise<CommandOutcome>;
  /** Exactly what a held upgrade waits for; it then goes on. */
  consentToUpgrade(extension: string, consented: readonly string[], caller: RequestContext): Promise<CommandOutcome>;
  /** Ends an upgrade before its switch, held or not; what was done is taken back. */
  cancelUpgrade(extension: string, caller: RequestContext): Promise<CommandOutcome>;
  /** Back to the version before the last upgrade, at once; EXTENSION_UPGRADE_OBSTRUCTED names who could not live with it. */
  rollBack(extension: string, caller: RequestContext): Promise<CommandOutcome>;
  giveGrant(extension: string, grant: string, caller: RequestContext): Promise<CommandOutcome>;
  revokeGrant(extension: string, grant: string, caller: RequestContext): Promise<CommandOutcome>;
  /** For every tenant there is and each that comes later; needs a right of the platform. */
  installForAllTenants(request: InstallRequest, caller: RequestContext): Promise<CommandOutcome>;
  withdrawFromAllTenants(extension: string, caller: RequestContext): Promise<CommandOutcome>;
}

/** Token of `ExtensionRuntime`. */
export const EXTENSION_RUNTIME = Symbol('ExtensionRuntime');

/** What a scan of the extension folders came to. */
export interface ScanReport {
  /** `<extension>@<version>` registered or replaced by this scan. */
  readonly registered: readonly string[];
  /** Packages that were there already, just so. */
  readonly unchanged: number;
  /** Labels of folders that cannot be used; their errors are listed by the query `brokenPackages`. */
  readonly broken: readonly string[];
  readonly milliseconds: number;
}

/** What the composition root calls once the log, the command bus and the sandboxes stand. */
export interface ExtensionRuntime {
  /** Resolves when the snapshot follows the log. */
  ready(): Promise<void>;
  /** Looks for packages in the extension folders and registers what is new. Never throws for a broken package. */
  scan(caller?: RequestContext): Promise<ScanReport>;
  /** In the process that hosts sandboxes: takes up open installs, starts eager extensions, watches folders in development. */
  start(): Promise<void>;
}
