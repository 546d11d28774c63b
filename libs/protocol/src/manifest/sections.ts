// Sections of `extension.json` that later rooms of the platform fill; their shape is checked from the first day.
import type { JsonSchema } from './json-schema.js';

/** A text, or a key of the translations with the text used when there is none. */
export type ManifestMessage = string | { readonly t: string; readonly default: string };

/** Its own tables, one set per tenant. */
export interface ManifestData {
  /** Version of the layout: every change of the collections raises it by one. */
  readonly version: number;
  readonly collections: Readonly<Record<string, DataCollection>>;
  /** What a comparison of two layouts cannot tell. */
  readonly migrations?: readonly DataMigration[];
}

export interface DataCollection {
  readonly description: string;
  /** Default: table. */
  readonly kind?: 'table' | 'documents';
  /** Who sees a row. Default: tenant. */
  readonly scope?: 'tenant' | 'user';
  readonly fields: Readonly<Record<string, DataField>>;
  readonly indexes?: readonly { readonly fields: readonly string[]; readonly unique?: boolean }[];
  /** The field that names the person a row is about. */
  readonly subject?: string;
  /** Most rows in each tenant; default 100,000. */
  readonly rows?: number;
}

export interface DataField {
  readonly type: 'text' | 'integer' | 'number' | 'boolean' | 'date' | 'timestamp' | 'uuid' | 'json' | 'bytes';
  readonly description?: string;
  readonly required?: boolean;
  readonly unique?: boolean;
  /** Characters of a text, bytes of bytes; default 4,096. */
  readonly maxLength?: number;
  readonly values?: readonly string[];
  readonly default?: string | number | boolean | null;
  readonly references?: string;
  /** `sensitive` is encrypted too. Default: no. */
  readonly personal?: 'no' | 'identifies' | 'sensitive';
  readonly encrypted?: boolean;
}

/** Exactly one of rename, drop and convert. */
export interface DataMigration {
  readonly to: number;
  readonly collection: string;
  readonly rename?: { readonly from: string; readonly to: string };
  readonly drop?: string;
  readonly convert?: string;
}

/** Collection → how long its rows are kept. */
export type ManifestRetention = Readonly<
  Record<
    string,
    { readonly days: number; readonly after?: 'created' | 'updated'; readonly then?: 'delete' | 'anonymise'; readonly reason: string }
  >
>;

export interface ManifestHttp {
  /** The handler is `route:<name>`. */
  readonly routes: Readonly<Record<string, HttpRoute>>;
  /** Pages of other origins whose scripts may call the routes, each consented to by the tenant's operator. Default: none. */
  readonly origins?: readonly { readonly origin: string; readonly reason: string }[];
}

export type HttpBodyType = 'json' | 'form' | 'text' | 'bytes';

export interface HttpRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below `/ext/<extension>`, `{name}` for a part that varies. */
  readonly path: string;
  readonly description: string;
  readonly right?: string;
  readonly public?: boolean;
  /** Why it is public: the operator reads it before consenting. Needed with `public`. */
  readonly reason?: string;
  readonly params?: JsonSchema;
  readonly query?: JsonSchema;
  /** Request headers that the handler sees, lower case. Default: none. */
  readonly headers?: readonly string[];
  /** Default: json. */
  readonly bodyType?: HttpBodyType;
  readonly body?: JsonSchema;
  readonly response: JsonSchema;
  /** Media type of the answer. Default: application/json. */
  readonly responseType?: string;
  /** Default 262,144. */
  readonly bodyBytes?: number;
  readonly rateLimit?: HttpRateLimit;
}

export interface HttpRateLimit {
  readonly requests: number;
  /** Default: 60. */
  readonly seconds?: number;
  /** Default: caller. */
  readonly per?: 'tenant' | 'caller' | 'address';
}

/** The handler is `webhook:<name>`. */
export interface ManifestWebhook {
  readonly description: string;
  readonly signature: {
    readonly scheme: 'standard-webhooks' | 'github' | 'slack' | 'stripe' | 'hmac-sha256';
    readonly secret: string;
    readonly header?: string;
  };
  /** Oldest timestamp accepted; default 300. */
  readonly toleranceSeconds?: number;
  /** Default 262,144. */
  readonly bodyBytes?: number;
  readonly schema?: JsonSchema;
}

/** The handler is `task:<name>`. Started by one of cron, every, on, or by hand alone. */
export interface ManifestTask {
  readonly description: string;
  readonly cron?: string;
  readonly timeZone?: string;
  /** ISO 8601 duration, at least PT10S. */
  readonly every?: string;
  readonly on?: string;
  readonly input?: JsonSchema;
  /** ISO 8601 duration. */
  readonly deadline?: string;
  /** Further attempts after a failure; default 3. */
  readonly retries?: number;
  readonly overlap?: 'skip' | 'queue' | 'cancel-running';
  readonly missed?: 'skip' | 'run-once' | 'run-all';
  readonly right?: string;
}

export interface ManifestWorkflow {
  readonly description: string;
  readonly file: string;
  readonly right?: string;
}

/** The handler is `filter:<name>`. */
export interface ManifestFilter {
  /** A platform operation by the name of its right. */
  readonly operation: string;
  readonly mode: 'inspect' | 'change' | 'veto';
  /** Lower runs first; default 500. */
  readonly order?: number;
  /** Milliseconds; default 500. */
  readonly timeLimitMs?: number;
  readonly onFailure?: 'continue' | 'refuse';
  readonly reason: string;
}

export interface ManifestPage {
  readonly file: string;
  readonly title: ManifestMessage;
  readonly icon?: string;
  readonly right?: string;
  readonly surfaces?: readonly ('control-room' | 'streamlit')[];
}

export interface ManifestComponent {
  readonly title: ManifestMessage;
  readonly slot: 'dashboard' | 'extension' | 'tenant' | 'run' | 'plugin';
  readonly file: string;
  readonly size?: 'small' | 'medium' | 'large';
  readonly order?: number;
  readonly right?: string;
}

export interface ManifestNavigationEntry {
  readonly section: 'Overview' | 'Operate' | 'Build' | 'Data' | 'Settings';
  readonly label: ManifestMessage;
  /** A name in `pages`. */
  readonly page: string;
  readonly icon?: string;
  readonly order?: number;
  readonly right?: string;
}

/** Colours as `#rrggbb`; one left out is the platform's. */
export interface ThemePalette {
  readonly primary?: string;
  readonly background?: string;
  readonly surface?: string;
  readonly text?: string;
  readonly muted?: string;
  readonly success?: string;
  readonly warning?: string;
  readonly danger?: string;
}

export interface ManifestTheme {
  readonly light?: ThemePalette;
  readonly dark?: ThemePalette;
  /** Pixels. */
  readonly radius?: number;
  readonly density?: 'compact' | 'normal' | 'spacious';
  readonly font?: 'inter' | 'system' | 'serif' | 'mono';
  readonly logo?: string;
}

export interface ManifestTranslations {
  readonly default: string;
  /** Language → file `i18n/<name>.json`. */
  readonly locales: Readonly<Record<string, string>>;
}

export interface ManifestMarketplace {
  readonly summary: string;
  readonly icon?: string;
  readonly screenshots?: readonly { readonly asset: string; readonly caption: string }[];
  readonly support?: string;
  readonly documentation?: string;
  readonly repository?: string;
  readonly privacy?: string;
  readonly pricing?: { readonly model: 'free' | 'freemium' | 'subscription' | 'once'; readonly url?: string };
}
