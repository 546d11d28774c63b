export { EnvelopeKeys, type EnvelopeKeysOptions } from './envelope-keys.adapter.js';
export * from './key-table.port.js';
export * from './keys.port.js';
export {
  dropPreviousMasterKeys,
  loadMasterKeys,
  rotateMasterKeyFile,
  type MasterKey,
  type MasterKeys,
  type MasterKeySource,
} from './master-key.js';
export { memoryKeyTable } from './memory-key-table.adapter.js';
export { keyMigrations, postgresKeyTable } from './postgres-key-table.adapter.js';
