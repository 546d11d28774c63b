// HTTP routes of an extension: what a handler is given, and what it may answer.
import type { RouteCaller } from '@kari/protocol/broker';
import type { HandlerContext } from './context.js';
import type { AnyExtension, ExtensionTypes } from './types.js';

/** A request that has passed the route's schemas, rights and limits. */
export interface RouteRequest<Params = unknown, Query = unknown, Body = unknown> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the extension, as it was sent: `/notes/7`. */
  readonly path: string;
  /** The varying parts of the path. */
  readonly params: Params;
  readonly query: Query;
  /** Those that the manifest lists under `headers`, lower case. Credentials and cookies are never among them. */
  readonly headers: Readonly<Record<string, string>>;
  /** Who calls, set by the platform. `rights`: those of this extension that the caller holds here. */
  readonly caller: RouteCaller;
  /** JSON value, fields of the form, or text; `Uint8Array` where the manifest says bytes; undefined where it takes none. */
  readonly body: Body;
  /** Media type of the body, without parameters. */
  readonly contentType?: string;
}

export interface ReplyOptions {
  /** 200 (default), 201, 202, 204, 301 to 303, 307, 308 or 304. The last two kinds and 204 carry no body. */
  readonly status?: number;
  /** `content-disposition`, `content-language`, `etag`, `last-modified`, `location` (a path of this extension), `retry-after`; no others. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer with a status or headers of its own; see `reply`. */
export class Reply<Body = unknown> {
  constructor(
    readonly body: Body | undefined,
    readonly options: ReplyOptions,
  ) {}
}

/**
 * An answer with a status or headers: `return reply({ id }, { status: 201, headers: { location: `/ext/acme.notes/notes/${id}` } })`. Without a
 * body: `reply(undefined, { status: 204 })`.
 */
export function reply<Body>(body: Body, options: ReplyOptions = {}): Reply<Body> {
  return new Reply(body, options);
}

/**
 * Thrown by a handler to refuse in words of its own: the caller gets `application/problem+json` with that status, code and message. Anything
 * else that is thrown reaches the caller as 502 without details, and the extension's log with them.
 *
 * @example throw new RouteError(404, 'NOTE_MISSING', 'There is no such note.');
 */
export class RouteError extends Error {
  /**
   * `status`: 400, 402, 403, 404, 406, 409, 410, 412, 415, 422, 423, 424, 428, 429 or 451. `code`: `[A-Z][A-Z0-9_]+`, at most 64 characters.
   * `message`: for the caller, at most 500 characters.
   */
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = 'RouteError';
  }
}

/** Answers one route: the body of a 200, or a `Reply`. It is held to the route's `response` schema before it leaves. */
export type RouteHandler<T extends ExtensionTypes, Name extends keyof T['routes']> = (
  request: RouteRequest<T['routes'][Name]['params'], T['routes'][Name]['query'], T['routes'][Name]['body']>,
  context: HandlerContext<T>,
) => RouteResult<T['routes'][Name]['response']> | Promise<RouteResult<T['routes'][Name]['response']>>;

type RouteResult<Body> = Body | Reply<Body | undefined>;

/** A handler for every route that the manifest declares. */
export type RouteHandlers<T extends ExtensionTypes = AnyExtension> = {
  readonly [Name in keyof T['routes']]: RouteHandler<T, Name>;
};
