// Logs, traces and metrics of the platform itself.
export * from './logger.js';
export * from './logger.port.js';
export * from './metrics-registry.js';
export * from './nest-logger.js';
export * from './redaction.js';
export * from './scope.js';
export * from './telemetry.module.js';
export * from './traceparent.js';
export * from './tracing.js';
export * from './tracing-settings.js';
