// What `extension.json` says, as types. The JSON Schema beside this file is the judge; the two are held equal by a spec.

export type JsonSchema = Readonly<Record<string, unknown>> | boolean;

export interface Manifest {
  readonly $schema?: string;
  /** `<publisher>.<name>`, each part `[a-z][a-z0-9-]{0,38}`. */
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly description: string;
  /** SPDX expression. */
  readonly license: string;
  readonly category: string;
  readonly tags?: readonly string[];
  readonly author?: { readonly name: string; readonly url?: string; readonly email?: string };
  readonly homepage?: string;
  /** Range of Kari versions it runs on. */
  readonly platform: string;
  /** Source entry (`src/index.ts`) of a development folder; the bundle is always `bundle.mjs`. */
  readonly entry: string;
  /** `lazy` (default): started on first use. `eager`: started when enabled. */
  readonly activation?: 'lazy' | 'eager';
  readonly dependencies?: ManifestDependencies;
  readonly permissions?: ManifestPermissions;
  /** The extension's own user rights: `<resource>.<verb>`. */
  readonly rights?: Readonly<Record<string, { readonly description: string; readonly roles: readonly string[] }>>;
  readonly resources?: { readonly class: 'S' | 'M' | 'L'; readonly reason?: string };
  readonly plugins?: Readonly<Record<string, PluginContract>>;
  readonly events?: {
    readonly publishes?: Readonly<Record<string, { readonly description: string; readonly schema: JsonSchema }>>;
    readonly subscribes?: readonly { readonly type: string; readonly reason: string }[];
  };
  /** JSON Schema of the configuration; a string field with `"format": "secret-handle"` names a secret. */
  readonly config?: JsonSchema;
  /** Read-only files of the package, by name `[a-z0-9._-]`. */
  readonly assets?: readonly string[];
  // Designed now, filled by later work: each is checked by the schema already.
  readonly data?: unknown;
  readonly retention?: unknown;
  readonly http?: unknown;
  readonly webhooks?: unknown;
  readonly tasks?: unknown;
  readonly workflows?: unknown;
  readonly filters?: unknown;
  readonly pages?: unknown;
  readonly components?: unknown;
  readonly navigation?: unknown;
  readonly theme?: unknown;
  readonly i18n?: unknown;
  readonly marketplace?: unknown;
}

export interface ManifestDependencies {
  /** Extension id → range. */
  readonly extensions?: Readonly<Record<string, string | { readonly range: string; readonly optional?: boolean }>>;
  /** Extension id → range that must not be installed beside this one. */
  readonly conflicts?: Readonly<Record<string, string>>;
  /** `<intent>` or `<extension>/<intent>` → contract range. */
  readonly plugins?: Readonly<Record<string, string | { readonly range: string; readonly optional?: boolean }>>;
  readonly services?: readonly string[];
}

/** Each item carries its reason in words: the tenant's operator reads it before consenting. */
export interface ManifestPermissions {
  readonly http?: readonly {
    readonly host: string;
    readonly port?: number;
    readonly scheme?: 'https' | 'http';
    readonly methods?: readonly string[];
    readonly reason: string;
  }[];
  readonly plugins?: readonly { readonly plugin: string; readonly reason: string }[];
  readonly events?: readonly { readonly publish?: string; readonly subscribe?: string; readonly reason: string }[];
  readonly secrets?: readonly { readonly name: string; readonly hosts: readonly string[]; readonly reason: string }[];
  readonly kv?: { readonly bytes: number; readonly reason: string };
  readonly data?: readonly { readonly collection: string; readonly access: 'read' | 'write'; readonly reason: string }[];
  readonly tcp?: readonly { readonly host: string; readonly port: number; readonly tls?: boolean; readonly reason: string }[];
}

export interface PluginContract {
  readonly description: string;
  /** semver of the contract, apart from the extension's version. */
  readonly version: string;
  readonly input: JsonSchema;
  readonly output: JsonSchema;
  /** Error code → what it means and the schema of its details. */
  readonly errors?: Readonly<Record<string, { readonly description: string; readonly retryable?: boolean; readonly details?: JsonSchema }>>;
  /** What calling it does to the world. */
  readonly effect: 'none' | 'read' | 'write' | 'external';
  /** Whether repeating a call with the same idempotency key is harmless. */
  readonly idempotent: boolean;
  readonly examples?: readonly { readonly title?: string; readonly input: unknown; readonly output: unknown }[];
}
