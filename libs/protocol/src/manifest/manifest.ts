// What `extension.json` says, as types. The JSON Schema beside this file is the judge; the two are held equal by a spec.
import type { TenantRole } from '../rights.js';
import type { JsonSchema } from './json-schema.js';
import type {
  ManifestComponent,
  ManifestData,
  ManifestFilter,
  ManifestHttp,
  ManifestMarketplace,
  ManifestNavigationEntry,
  ManifestPage,
  ManifestRetention,
  ManifestTask,
  ManifestTheme,
  ManifestTranslations,
  ManifestWebhook,
  ManifestWorkflow,
} from './sections.js';

export const extensionCategories = [
  'ai',
  'analytics',
  'automation',
  'communication',
  'data',
  'developer-tools',
  'finance',
  'integration',
  'iot',
  'media',
  'productivity',
  'security',
  'theme',
  'utilities',
] as const;
export type ExtensionCategory = (typeof extensionCategories)[number];

export const platformServices = [
  'config',
  'data',
  'events',
  'http',
  'kv',
  'log',
  'metrics',
  'plugins',
  'schedule',
  'secrets',
  'tcp',
] as const;
export type PlatformService = (typeof platformServices)[number];

export type HttpMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';

export interface Manifest {
  readonly $schema?: string;
  /** `<publisher>.<name>`, each part `[a-z][a-z0-9-]{0,38}`. */
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly description: string;
  /** SPDX expression. */
  readonly license: string;
  readonly category: ExtensionCategory;
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
  readonly rights?: Readonly<Record<string, { readonly description: string; readonly roles: readonly TenantRole[] }>>;
  readonly resources?: { readonly class: 'S' | 'M' | 'L'; readonly reason?: string };
  readonly plugins?: Readonly<Record<string, PluginContract>>;
  readonly events?: {
    readonly publishes?: Readonly<Record<string, { readonly description: string; readonly schema: JsonSchema }>>;
    readonly subscribes?: readonly { readonly type: string; readonly reason: string }[];
  };
  /** JSON Schema of the configuration; a string field with `"format": "secret-handle"` names a secret of `permissions.secrets`. */
  readonly config?: JsonSchema;
  /** Read-only files of the package, by name `[a-z0-9._-]`. */
  readonly assets?: readonly string[];
  /** Measurements it may report. */
  readonly metrics?: Readonly<Record<string, MetricDeclaration>>;
  // Designed now, filled by later work: each is checked by the schema already.
  readonly data?: ManifestData;
  readonly retention?: ManifestRetention;
  readonly http?: ManifestHttp;
  readonly webhooks?: Readonly<Record<string, ManifestWebhook>>;
  readonly tasks?: Readonly<Record<string, ManifestTask>>;
  readonly workflows?: Readonly<Record<string, ManifestWorkflow>>;
  readonly filters?: Readonly<Record<string, ManifestFilter>>;
  readonly pages?: Readonly<Record<string, ManifestPage>>;
  readonly components?: Readonly<Record<string, ManifestComponent>>;
  readonly navigation?: readonly ManifestNavigationEntry[];
  readonly theme?: ManifestTheme;
  readonly i18n?: ManifestTranslations;
  readonly marketplace?: ManifestMarketplace;
}

export interface ManifestDependencies {
  /** Extension id → range. */
  readonly extensions?: Readonly<Record<string, string | { readonly range: string; readonly optional?: boolean }>>;
  /** Extension id → range that must not be installed beside this one. */
  readonly conflicts?: Readonly<Record<string, string>>;
  /** `<intent>` or `<extension>/<intent>` → contract range. */
  readonly plugins?: Readonly<Record<string, string | { readonly range: string; readonly optional?: boolean }>>;
  readonly services?: readonly PlatformService[];
}

/** Each item carries its reason in words: the tenant's operator reads it before consenting. */
export interface ManifestPermissions {
  readonly http?: readonly {
    readonly host: string;
    readonly port?: number;
    readonly scheme?: 'https' | 'http';
    /** Default: GET and HEAD. */
    readonly methods?: readonly HttpMethod[];
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

export interface MetricDeclaration {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly unit?: string;
  readonly description: string;
  /** At most 100 different values of each label are kept. */
  readonly labels?: readonly string[];
}
