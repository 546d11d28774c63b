// What facts set in motion: commands of process managers, side effects of reactors.
export { reactionMigrations } from './migrations.js';
export type { ReactionParts } from './reaction-parts.js';
export type { ParkedProcess, ReactionWish } from './reaction-records.js';
export { ReactionRunner, type Reactions, type ReactionRunnerParts, type ReactionStatus } from './reaction-runner.js';
