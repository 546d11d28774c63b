// What routes have in hand, for Prometheus. How often and how fast they are called stands with every other handler of extensions.
import type { MetricsRegistry } from '@kari/platform/telemetry';
import { Gauge } from 'prom-client';
import type { RouteLoad } from './route-load.js';

export function registerRouteSeries(metrics: MetricsRegistry, load: Pick<RouteLoad, 'now'>): void {
  new Gauge({
    name: 'kari_route_calls_in_hand',
    help: 'Calls of HTTP routes of extensions that are being answered.',
    registers: [metrics],
    collect() {
      this.set(load.now().calls);
    },
  });
  new Gauge({
    name: 'kari_route_bytes_in_hand',
    help: 'Bytes set aside for bodies of those calls.',
    registers: [metrics],
    collect() {
      this.set(load.now().bytes);
    },
  });
}
