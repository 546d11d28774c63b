// The words of one extension, as types: made from its manifest by `kari types`, so that handlers and services are checked while typing.

/** What the generated interface of an extension says. Every member may be wide; `AnyExtension` is the widest. */
export interface ExtensionTypes {
  /** Effective configuration: defaults filled in, secret fields as handles. */
  config: object;
  /** Intent → input as callers may give it, output, and codes of declared errors. */
  plugins: Record<string, { input: unknown; output: unknown; errors: string }>;
  /** Route → the parts of a request as its schemas let them in, and what it answers. */
  routes: Record<string, { params: unknown; query: unknown; body: unknown; response: unknown }>;
  /** Event type → its data. */
  publishes: Record<string, unknown>;
  /** Event types it receives. */
  subscribes: string;
  /** Task → its input: what a person gave it, the event that started it, or null for a planned time. */
  tasks: Record<string, { input: unknown }>;
  /** Plugins it may call, as `permissions.plugins` names them. */
  uses: string;
  /** Names of its secrets. */
  secrets: string;
  /** Collection → its fields as rows hold them; null where a row may have none. */
  collections: Record<string, object>;
  /** Names of its metrics. */
  metrics: string;
}

/** An extension without generated types: everything is allowed by the compiler, and judged by the platform. */
export interface AnyExtension extends ExtensionTypes {
  config: Readonly<Record<string, unknown>>;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the widest handler must accept every handler
  plugins: Record<string, { input: any; output: any; errors: string }>;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- likewise
  routes: Record<string, { params: any; query: any; body: any; response: any }>;
  publishes: Record<string, unknown>;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- rows of any shape
  collections: Record<string, Record<string, any>>;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- likewise
  tasks: Record<string, { input: any }>;
}
