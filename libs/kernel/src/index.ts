// The words of the field. Pure: no I/O, no clock, no other code of ours.
export * from './audit.port.js';
export * from './clock.port.js';
export * from './command-bus.port.js';
export * from './command.js';
export * from './decider.js';
export * from './errors.js';
export * from './event-schema.js';
export * from './event-store.port.js';
export * from './event.js';
export * from './handle-command.js';
export * from './ids.port.js';
export * from './process-manager.js';
export * from './projection.js';
export * from './random.port.js';
export * from './upcaster.js';
