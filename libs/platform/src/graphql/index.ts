// The GraphQL edge. A context's resolvers need `Operation`, `Caller`, `Gone`, the connection helpers and `LIVE_FEED`; the app needs the rest:
// `GraphqlModule.register(...)`, a `SESSION_GUARD`, and `schemaOf` with `printedSchema` for the committed schema.
//
// Every root field passes one gate (operation-gate.ts), put around the schema itself (guarded-schema.ts), so that no field can be reached without being
// authorised and audited, over HTTP or WebSocket. A field with `audit: 'command'` leaves both to the command bus. No entry is left by: a request refused
// before any field (syntax, limits, unknown fields), introspection and `__typename`. A refused credential leaves one entry, `request.authenticate`;
// refusals for asking too often leave one entry a bout, `request.limit`.
export * from './caller.js';
export * from './json.scalar.js';
export * from './connection.js';
export { defaultLimits, type DocumentLimits } from './document-limits.js';
export * from './graphql-settings.js';
export * from './graphql.module.js';
export * from './live-feed.port.js';
export { StoreLiveFeed } from './live-feed.js';
export * from './operation.js';
export { readPersistedDocuments } from './persisted-documents.js';
export * from './printed-schema.js';
export * from './session-guard.port.js';
