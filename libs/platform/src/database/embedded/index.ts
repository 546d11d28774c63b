// The PostgreSQL that ships with Kari.
export { startEmbeddedDatabase, type EmbeddedDatabase, type EmbeddedOptions } from './embedded-database.js';
export { EmbeddedDatabaseRefused, type EmbeddedRefusalKind } from './refusal.js';
