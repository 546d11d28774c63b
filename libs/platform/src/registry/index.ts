export * from './registry.js';
export * from './tokens.js';
