// The process's own Prometheus registry; whoever counts something registers it here.
import { collectDefaultMetrics, Registry } from 'prom-client';

export const METRICS = Symbol('MetricsRegistry');

export type MetricsRegistry = Registry;

export function createMetricsRegistry(): MetricsRegistry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'kari_' });
  return registry;
}
