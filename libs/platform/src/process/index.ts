// The only door to child processes.
export { killIdentified } from './group.js';
export { identify, isAlive, programOf, type ProcessIdentity } from './identity.js';
export { killOrphans, recordOwned, type Orphan, type ProcessLedger } from './ledger.js';
export { runToCompletion, type Completion, type CompletionOptions } from './run-to-completion.js';
export { spawnOwned, SpawnRefused, type Exit, type OwnedOptions, type OwnedProcess } from './spawn-owned.js';
