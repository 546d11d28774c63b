// The words between the host and a sandbox.
export * from './calls.js';
export * from './errors.js';
export * from './frames.js';
export * from './limits.js';
export * from './line-reader.js';
export * from './peer.js';
export * from './routes.js';
export * from './seam.js';
export * from './streams.js';
export * from './vetting.js';
