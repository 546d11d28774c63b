// The HTTP edge.
export * from './addresses.js';
export * from './authentication.js';
export * from './authenticator.port.js';
export * from './configure-http.js';
export * from './credentials.js';
export * from './drains.js';
export * from './health.js';
export * from './http-settings.js';
export * from './http.module.js';
export { isNestedTooDeep } from './json-body.js';
export * from './mounts.js';
export * from './problem.js';
export * from './refusal.js';
export * from './request-scope.js';
