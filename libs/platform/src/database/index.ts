// The platform's PostgreSQL: three roles, two doors, migrations, and the server that ships with it.
export { isConnectionLoss, reachable, typed } from './connection-loss.js';
export * from './embedded/index.js';
export { MigrationRefused } from './migrations.js';
export { prepareDatabase, type Preparation, type Prepared } from './prepare-database.js';
export { openReadDatabase, READ_DATABASE, type ReadDatabase, type ReadOptions } from './read-database.js';
export { protect, protectOwn, quoteName, quoteTable } from './row-security.js';
export { openSystemDatabase, SYSTEM_DATABASE, type PoolLimits, type SystemDatabase, type TransactionOptions } from './system-database.js';
export { openTenantDatabase, TENANT_DATABASE, type TenantDatabase, type TenantScope } from './tenant-database.js';
export { SYSTEM_ROLE, TENANT_ROLE, urlsOf, withoutPassword, type DatabaseUrls } from './url.js';
