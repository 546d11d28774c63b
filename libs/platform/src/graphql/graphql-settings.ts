// What the GraphQL edge must be told; the app makes it from the configuration.
import type { DocumentLimits } from './document-limits.js';

export const GRAPHQL_SETTINGS = Symbol('GraphqlSettings');

export interface GraphqlSettings {
  /** Serves GraphiQL at `/graphiql`. */
  readonly graphiql: boolean;
  /** Origins (`https://panel.example.org`) whose pages may open a WebSocket, besides this server's own. */
  readonly allowedOrigins: readonly string[];
  readonly limits?: Partial<DocumentLimits>;
  readonly sockets?: Partial<SocketSettings>;
}

export interface SocketSettings {
  /** A client must say `connection_init` within this time. Default 3 s. */
  readonly initWithinMilliseconds: number;
  /** A ping each so often; who does not answer by the next is cut. Default 12 s. */
  readonly pingMilliseconds: number;
  /** Credentials of open sockets are proved again each so often, besides at once when the session guard says so. Default 10 s. */
  readonly confirmMilliseconds: number;
  /** Bytes that may wait to be read by one client. Default 1 MiB. */
  readonly bufferBytes: number;
  /** Largest message taken. Default 256 KiB. */
  readonly messageBytes: number;
  /** Operations at once on one socket. Default 100. */
  readonly operations: number;
  /** Sockets at once. Default 10,000. */
  readonly sockets: number;
}

export const defaultSocketSettings: SocketSettings = {
  initWithinMilliseconds: 3_000,
  pingMilliseconds: 12_000,
  confirmMilliseconds: 10_000,
  bufferBytes: 1_048_576,
  messageBytes: 262_144,
  operations: 100,
  sockets: 10_000,
};
