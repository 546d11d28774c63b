// The words on every wire.
export * from './codes/code.js';
export * from './codes/index.js';
export * from './rights.js';
export * from './things.js';
