export * from './command-bus.js';
export * from './deadline.js';
export * from './shared-looks.js';
export * from './stream-folds.js';
export * from './system-principal.js';
export * from './tenant-gate.port.js';
export * from './timely-audit.js';
