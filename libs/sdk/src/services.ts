// What an extension may ask of the platform. Every call goes through the broker: it needs a grant of the tenant's operator (except log and
// metrics), it is limited in rate, size and time, and it rejects with `KariError`.
import type { BrokerErrorCode } from '@kari/protocol/broker';
import type { Data } from './data.js';
import type { ExtensionTypes } from './types.js';

/** All services, bound to one call (in a handler's context) or to the extension itself (`this` of `BaseExtension`). */
export interface Services<T extends ExtensionTypes> {
  /** The configuration of this tenant, frozen. Changes arrive by `onConfigChanged`; read it anew in each call, never keep it. */
  readonly config: Readonly<T['config']>;
  readonly kv: KeyValueStore;
  readonly data: Data<T>;
  readonly plugins: Plugins<T>;
  readonly events: Events<T>;
  readonly http: Http;
  readonly secrets: Secrets<T>;
  readonly log: Log;
  readonly metrics: Metrics<T>;
}

/** Needs the permission `kv`. One store for each tenant and extension; no other extension sees it. */
export interface KeyValueStore {
  /** The value and its version, or null when there is none. Rejects DENIED. */
  get<Value = unknown>(key: string): Promise<{ readonly value: Value; readonly version: number } | null>;
  /**
   * Stores any JSON value. A key has 1 to 256 characters, a value at most 256 KiB; the sum is limited by `permissions.kv.bytes`.
   * `expectedVersion`: the version that must be there, 0 for "none yet"; without it the last writer wins.
   * Rejects INVALID with reason `DATA_KV_CONFLICT` when another version is there, LIMIT when the store is full.
   */
  set(key: string, value: unknown, options?: { readonly expectedVersion?: number }): Promise<{ readonly version: number }>;
  /** Whether there was something to delete. */
  delete(key: string): Promise<boolean>;
  /** Keys in order, a page at a time: default 100, at most 500. `next` is the `after` of the following page, null at the end. */
  list(options?: { readonly prefix?: string; readonly after?: string; readonly limit?: number }): Promise<KeyPage>;
}

export interface KeyPage {
  readonly entries: readonly { readonly key: string; readonly version: number; readonly bytes: number }[];
  readonly next: string | null;
}

/** Needs `permissions.plugins` for the plugin. */
export interface Plugins<T extends ExtensionTypes> {
  /**
   * Calls a plugin of another extension (or an own one): `[<extension>/]<intent>[@<major>]`. The other side runs with *its* grants.
   * Input and output are checked against the contract. Time and depth (8) are those of the whole chain.
   * Rejects INVALID with the declared code in `reason` when the plugin answers an error, DENIED, DEADLINE, or UNAVAILABLE when nobody
   * provides it.
   */
  call<Output = unknown>(plugin: T['uses'], input: unknown, options?: PluginCallOptions): Promise<PluginAnswer<Output>>;
}

export interface PluginCallOptions {
  /** Milliseconds for this call; default and upper bound: what is left of the own call. */
  readonly deadlineMs?: number;
  /** Stable over retries of the same effect; made from the own call's key when absent. */
  readonly idempotencyKey?: string;
}

export interface PluginAnswer<Output> {
  readonly output: Output;
  /** Who answered, in which version. */
  readonly extension: string;
  readonly version: string;
}

/** Needs `permissions.events` for the type. */
export interface Events<T extends ExtensionTypes> {
  /**
   * Publishes an event of a type that the manifest describes. It is stored before this resolves, and delivered at least once, in order for
   * each key. `key`: what the event is about, at most 128 characters. `data` is checked against the schema; at most 64 KiB.
   * Rejects INVALID when the data breaks the schema.
   */
  publish<Type extends keyof T['publishes'] & string>(
    type: Type,
    key: string,
    data: T['publishes'][Type],
  ): Promise<{ readonly id: string }>;
}

/** Needs `permissions.http` for scheme, host, port and method. Never reaches private addresses. */
export interface Http {
  /**
   * Like the web's `fetch`, through the broker. Follows at most 5 redirects, each judged like the first address.
   * Default method GET, default time 10,000 ms, at most 60,000. A body has at most 640 KiB, in either direction.
   * Rejects DENIED for a destination without a grant, DEADLINE, LIMIT, UNAVAILABLE when the other side cannot be reached.
   * An answer with an error status does not reject: look at `ok`. Where the other side sends back a secret it was given, `[secret]` stands instead.
   */
  fetch(url: string | URL, options?: HttpOptions): Promise<HttpResponse>;
}

/** The value of a secret, put in by the broker on its way to a host the secret is bound to: `{ $secret: 'api_key', prefix: 'Bearer ' }`. */
export interface SecretValue {
  /** Name of the secret, or a handle of it. */
  readonly $secret: string;
  /** Text before the value; at most 64 characters. */
  readonly prefix?: string;
}

export interface HttpOptions {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';
  /** `Host`, `Content-Length`, `Connection` and the like are the broker's. */
  readonly headers?: Readonly<Record<string, string | SecretValue>>;
  readonly body?: string | Uint8Array;
  /** Sent as `application/json`; instead of `body`. */
  readonly json?: unknown;
  readonly timeoutMs?: number;
}

export interface HttpResponse {
  readonly status: number;
  /** Whether the status is 200 to 299. */
  readonly ok: boolean;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Where the answer came from, after redirects. */
  readonly url: string;
  bytes(): Uint8Array;
  /** The body as UTF-8. */
  text(): string;
  /** Throws SyntaxError when the body is not JSON. */
  json<Value = unknown>(): Value;
}

/** Needs `permissions.secrets`. The code never sees a value. */
export interface Secrets<T extends ExtensionTypes> {
  /** A handle for headers of `http.fetch`. Rejects INVALID when the operator has stored no value yet. */
  handle(name: T['secrets']): Promise<string>;
}

/** Lines for the tenant's log of this extension. Never rejects; dropped above the rate limit. Do not log personal data or secrets. */
export interface Log {
  /** A message has at most 8,192 characters, its fields at most 8 KiB as JSON. */
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** Samples of the metrics that the manifest declares. Never rejects; dropped above the rate limit. */
export interface Metrics<T extends ExtensionTypes> {
  /** One sample: an increase for a counter (default 1), the value for a gauge or histogram. At most 5 labels of 100 characters. */
  record(name: T['metrics'], value?: number, labels?: Readonly<Record<string, string>>): void;
}

export type { BrokerErrorCode };
