// What travels when a route of an extension is called: the input and the answer of its handler `route:<name>`.

/** Who calls a route: set by the host, so an extension may rely on it. */
export interface RouteCaller {
  /** Opaque; null for a caller without an account, whom a public route answers. */
  readonly id: string | null;
  readonly kind: 'user' | 'service-account' | 'anonymous';
  /** Tenant uuid. */
  readonly tenant: string;
  /** Rights of this extension that the caller holds, `<resource>.<verb>` as the manifest names them. */
  readonly rights: readonly string[];
}

/** Content on its way: a JSON value or text, bytes as base64, or the id of a stream that carries the bytes (of the JSON, where it is JSON). */
export type RouteContent =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'bytes'; readonly base64: string }
  | { readonly kind: 'stream'; readonly stream: number };

export interface RouteCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the extension, as it was sent: `/notes/7`. */
  readonly path: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly query: Readonly<Record<string, unknown>>;
  /** Of those that the manifest lists, the ones that were sent; lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly caller: RouteCaller;
  /** How the content is to be read; null where there is none. */
  readonly bodyType: 'json' | 'form' | 'text' | 'bytes' | null;
  /** Media type of the body, without parameters. */
  readonly contentType?: string;
  readonly content?: RouteContent;
}

export interface RouteAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Left out: an answer without a body. */
  readonly content?: RouteContent;
  /** A refusal of the extension's own, in place of content. */
  readonly problem?: { readonly code: string; readonly message: string };
}

/** Content up to so many bytes of JSON or base64 travels in the call; larger content as a stream. */
export const inlineContentBytes = 192 * 1024;
/** Most bytes of an answer. */
export const mostAnswerBytes = 16 * 1024 * 1024;
