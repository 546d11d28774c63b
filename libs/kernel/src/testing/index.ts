// What specs of pure code need; never reached by a release build.
export * from './given-when-then.js';
export * from './lent-store.js';
export * from './manual-clock.js';
export * from './memory-event-store.js';
export * from './seeded.js';
