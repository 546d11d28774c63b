// What each side may say, in two columns: the host to an extension, and an extension to the host.
import { ProtocolFault } from './errors.js';
import type { HandlerName, InvocationContext } from './seam.js';

/** Host to extension. */
export interface HostCalls {
  load: {
    params: {
      readonly protocol: number;
      readonly extension: { readonly id: string; readonly version: string };
      readonly config: Readonly<Record<string, unknown>>;
    };
    result: LoadResult;
  };
  ping: { params: Readonly<Record<string, never>>; result: Readonly<Record<string, never>> };
  invoke: { params: InvokeParams; result: unknown };
  shutdown: { params: { readonly graceMs: number }; result: Readonly<Record<string, never>> };
}

export interface InvokeParams {
  readonly handler: HandlerName;
  readonly input: unknown;
  readonly context: InvocationContext;
}

export interface LoadResult {
  readonly protocol: number;
  readonly handlers: readonly string[];
}

/** Extension to host: `<capability>.<operation>` with these parameters. */
export interface CapabilityParams {
  /** The invocation it is made for; absent: the extension's own. */
  readonly invocation?: string;
  readonly request: unknown;
}

/** Notifications, both ways. The sender of a call takes it back by its id. */
export interface CancelParams {
  readonly id: number;
}

const HANDLER = /^(?:plugin|event|route|task|hook):[a-zA-Z0-9._@/-]{1,200}$/;
const HANDLERS = 500;

/** The host believes nothing: the answer to `load` is checked like any other foreign value. Unknown members are ignored, none is kept. */
export function parseLoadResult(result: unknown): LoadResult {
  const { protocol, handlers } = (typeof result === 'object' && result !== null ? result : {}) as Partial<
    Record<keyof LoadResult, unknown>
  >;
  if (!Number.isSafeInteger(protocol)) throw new ProtocolFault('frame', 'load answered no protocol version');
  if (!Array.isArray(handlers) || handlers.length > HANDLERS || !handlers.every((name) => typeof name === 'string' && HANDLER.test(name))) {
    throw new ProtocolFault('frame', 'load answered no list of handlers');
  }
  return { protocol: protocol as number, handlers: handlers as string[] };
}

export function parseCapabilityParams(params: unknown): CapabilityParams | null {
  if (!isRecord(params) || !('request' in params)) return null;
  for (const key of Object.keys(params)) if (key !== 'invocation' && key !== 'request') return null;
  const { invocation, request } = params;
  if (invocation === undefined) return { request };
  return typeof invocation === 'string' && invocation.length <= 100 ? { invocation, request } : null;
}

export function parseCancelParams(params: unknown): CancelParams | null {
  if (!isRecord(params) || Object.keys(params).length !== 1 || !Number.isSafeInteger(params['id'])) return null;
  return { id: params['id'] as number };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
