// Databases for specs; never reached by a release build.
export { testDatabase, type TestDatabase, type TestDatabaseOptions } from './test-database.js';
