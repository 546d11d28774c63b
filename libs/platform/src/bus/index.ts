export * from './bus.port.js';
export { cloudEventOf, topicOf, type CloudEvent } from './cloud-event.js';
export * from './consumer-states.port.js';
export { InProcessBus, type InProcessBusOptions } from './in-process-bus.adapter.js';
export { memoryConsumerStates } from './memory-consumer-states.adapter.js';
export { busMigrations, postgresConsumerStates } from './postgres-consumer-states.adapter.js';
