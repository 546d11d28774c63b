// A request below `/ext/<extension>/` as the room sees it: read from the wire, believed in nothing.
import type { Credentials } from '@kari/platform/http';

export interface RouteAsk {
  /** As sent. */
  readonly method: string;
  readonly extension: string;
  /** Below the extension, as sent: `/notes/a%20b`. */
  readonly path: string;
  /** Of the path, decoded once. */
  readonly parts: readonly string[];
  /** Without its question mark. */
  readonly query: string;
  readonly credentials: Credentials;
  /** Of the connection. */
  readonly address: string;
  /** Aborts when the caller has left. */
  readonly signal: AbortSignal;
  readonly hasBody: boolean;
  /** Every value of a header, as sent. */
  header(name: string): readonly string[];
  /** The bytes of the body; see `readBody` for what it throws. */
  body(limit: number, route: string): Promise<Buffer>;
}

export interface RouteReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Null: no content. */
  readonly body: Buffer | null;
}
