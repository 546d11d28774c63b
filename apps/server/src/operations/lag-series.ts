// How far behind the log each view and each reaction is, for Prometheus: asked for at each scrape, never kept.
import type { MetricsRegistry } from '@kari/platform/telemetry';
import { Gauge } from 'prom-client';
import type { Reacting } from '../reacting.js';
import type { Views } from '../views.js';

export function registerLagSeries(metrics: MetricsRegistry, views: Pick<Views, 'statuses'>, reacting: Pick<Reacting, 'statuses'>): void {
  new Gauge({
    name: 'kari_view_lag_events',
    help: 'Events of the log that a view has not folded yet.',
    labelNames: ['view'],
    registers: [metrics],
    async collect() {
      for (const { projection, behind } of await views.statuses()) this.set({ view: projection }, behind);
    },
  });
  new Gauge({
    name: 'kari_reaction_lag_events',
    help: 'Events of the log that a process manager or reactor has not acted upon yet.',
    labelNames: ['reaction'],
    registers: [metrics],
    async collect() {
      for (const { name, behind } of await reacting.statuses()) this.set({ reaction: name }, behind);
    },
  });
}
