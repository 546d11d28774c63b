// What other contexts may ask of plugins: one interface to any of them.

/** Token of `PluginOrchestrator`. */
export const PLUGINS = Symbol('PluginOrchestrator');

export interface PluginCaller {
  readonly kind: 'user' | 'service-account' | 'extension' | 'system';
  readonly id: string;
}

export interface PluginCall {
  readonly tenant: string;
  /** `[<extension>/]<intent>[@<major>]`. */
  readonly plugin: string;
  readonly input: unknown;
  readonly caller: PluginCaller;
  readonly correlationId: string;
  readonly traceparent?: string;
  /** Stable over retries; made from the call when absent. */
  readonly idempotencyKey?: string;
  /** For the whole chain, milliseconds from now. Default 30 s, at most 15 min. */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
  /** Calls above this one; default 0, at most 8. */
  readonly depth?: number;
}

export interface PluginResult {
  readonly output: unknown;
  readonly extension: string;
  readonly version: string;
  /** `<intent>@<contract version>`. */
  readonly contract: string;
  readonly milliseconds: number;
}

/** Errors are `Rejection`s: PLUGIN_* codes. */
export interface PluginOrchestrator {
  call(call: PluginCall): Promise<PluginResult>;
}
