// The one seam between the trusted runner and an extension's bundle: the bundle exports `start`, the runner calls it once.

/** Handlers are named `<kind>:<name>`: `plugin:time.now`, `event:acme.notes.created.v1`, `route:list`, `task:sync`, `hook:onActivate`. */
export type HandlerName = `plugin:${string}` | `event:${string}` | `route:${string}` | `task:${string}` | `hook:${HookName}`;

export const hookNames = [
  'onInstall',
  'onActivate',
  'onDeactivate',
  'onUpgrade',
  'onConfigChanged',
  'onUninstall',
  'onHealthCheck',
] as const;
export type HookName = (typeof hookNames)[number];

/** What the host tells a handler about the call; set by the host, so an extension may rely on it. */
export interface InvocationContext {
  /** Id of this call; sent back with every broker call made on its behalf. */
  readonly invocation: string;
  readonly correlationId: string;
  readonly traceparent?: string;
  /** Tenant uuid. */
  readonly tenant: string;
  /** Who set it in motion: opaque id and kind; `extension` with the extension's id when another extension called. */
  readonly actor: { readonly id: string; readonly kind: 'user' | 'service-account' | 'extension' | 'system' };
  /** Milliseconds left when the call was sent. */
  readonly deadlineMs: number;
  /** Stable over retries of the same effect. */
  readonly idempotencyKey: string;
}

/** A large body on its way out: one writer, 64 KiB a chunk, sent only against the reader's credit. */
export interface OutgoingStream {
  readonly id: number;
  /** Resolves once the bytes are on the pipe; waits for credit. Rejects when the reader gave up. */
  write(bytes: Uint8Array): Promise<void>;
  end(): void;
  abort(error: unknown): void;
}

/** Read once, by one reader; leaving the loop early tells the writer to stop. */
export interface IncomingStream extends AsyncIterable<Uint8Array> {
  readonly id: number;
}

/** What the runner gives the bundle. */
export interface RunnerHost {
  readonly protocol: 1;
  readonly extension: { readonly id: string; readonly version: string };
  /** The configuration at start; later ones arrive through `hook:onConfigChanged`. Secret fields hold handles. */
  readonly config: Readonly<Record<string, unknown>>;
  /**
   * A broker call, `<capability>.<operation>`. Rejects with `BrokerError`. `invocation` names the call it is made for (see above);
   * without it the call counts as the extension's own.
   */
  call(method: string, params: unknown, options?: { readonly invocation?: string; readonly signal?: AbortSignal }): Promise<unknown>;
  /** Fire and forget; dropped beyond the rate limit. `invocation` as in `call`. */
  notify(method: 'log' | 'metric', params: unknown, options?: { readonly invocation?: string }): void;
  /** Base of the package's read-only assets: `new URL('model.bin', host.assets)`. Absent where no files are at hand. */
  readonly assets?: string;
  /** Large bodies: `read` one whose id a call answered, or `open` one and pass its id as a parameter. Sent against credit, 64 KiB a chunk. */
  readonly streams?: { open(): OutgoingStream; read(id: number): IncomingStream };
}

/** What the bundle answers. */
export interface LoadedExtension {
  readonly handlers: readonly HandlerName[];
  /** `signal` aborts when the caller cancels or its deadline passes. */
  invoke(handler: HandlerName, input: unknown, context: InvocationContext, signal: AbortSignal): Promise<unknown>;
}

export type Start = (host: RunnerHost) => Promise<LoadedExtension>;

export const brokerErrorCodes = [
  'DENIED',
  'INVALID',
  'LIMIT',
  'DEADLINE',
  'CANCELLED',
  'CRASHED',
  'QUARANTINED',
  'UNAVAILABLE',
  'PROTOCOL',
] as const;
export type BrokerErrorCode = (typeof brokerErrorCodes)[number];

/** The only errors that cross the border, in both directions. Never a host stack or path. */
export interface BrokerErrorShape {
  readonly code: BrokerErrorCode;
  readonly message: string;
  /** Stable code of the platform's catalogue, or the error code that a plugin declares in its contract. */
  readonly reason?: string;
  readonly facts?: Readonly<Record<string, unknown>>;
}
