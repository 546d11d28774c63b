// The words of extension.json.
export * from './handlers.js';
export * from './json-schema.js';
export * from './manifest.js';
export * from './platform-version.js';
export * from './sections.js';
