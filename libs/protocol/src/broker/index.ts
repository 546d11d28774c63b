// The words between the host and a sandbox.
export * from './seam.js';
