// Views: folds of the log into rows.
export { projectionMigrations } from './migrations.js';
export { PROJECTION_NOTICES, ProjectionNotices, type ProjectionNotice } from './notices.js';
export type { ParkedKey, Wish } from './parking.js';
export { ProjectionRunner, type ProjectionStatus, type RunnerParts, type ViewHash } from './projection-runner.js';
export { databaseViewProgress, VIEW_PROGRESS, type ViewProgress } from './view-progress.js';
export { PROJECTIONS_CLOCK, type ProjectionsClock } from './projections-clock.port.js';
