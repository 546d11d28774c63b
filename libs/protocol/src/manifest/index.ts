// The words of extension.json.
export * from './manifest.js';
