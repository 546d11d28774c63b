export { catalogueOf, type EventCatalogue } from './catalogue/event-catalogue.js';
export { withCatalogue, type CatalogueOptions } from './catalogue/with-catalogue.js';
export { eventStoreMigrations } from './migrations.js';
export { PostgresEventStore, type PostgresEventStoreOptions } from './postgres-event-store.js';
