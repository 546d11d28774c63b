// Stops the server in order: no new work, open connections told, work in hand finished, then the modules. Bounded: a stuck client cannot hold the process.
import type { Server } from 'node:http';
import type { INestApplication } from '@nestjs/common';
import { TIMERS, type Timer, type Timers } from '@kari/kernel';
import { LOGGER, type Logger } from '@kari/platform/telemetry';
import { Health } from './health.js';

/** Between two looks for connections whose last request has been answered. */
const LOOK_MS = 50;

/** What must be told before the HTTP server closes: connections that would otherwise stay open for ever. */
export class Drains {
  private readonly drains: (() => Promise<void>)[] = [];

  add(drain: () => Promise<void>): void {
    this.drains.push(drain);
  }

  async run(): Promise<readonly PromiseSettledResult<void>[]> {
    return Promise.allSettled(this.drains.map((drain) => drain()));
  }
}

/** Resolves when everything is closed; connections still busy after the grace are cut. */
export async function closeGracefully(app: INestApplication, graceMilliseconds = 8_000): Promise<void> {
  const server = app.getHttpServer() as Server;
  const timers = app.get<Timers>(TIMERS, { strict: false });
  const logger = app.get<Logger>(LOGGER, { strict: false });
  app.get(Health, { strict: false }).leave();
  const force = timers.after(graceMilliseconds, () => server.closeAllConnections());
  let idle: Timer | null = null;
  try {
    for (const result of await app.get(Drains, { strict: false }).run()) {
      if (result.status === 'rejected') logger.warn({ error: result.reason as unknown }, 'a connection did not close in order');
    }
    const closed = app.close();
    // A server that no longer listens still keeps a connection whose request it has answered.
    idle = timers.every(LOOK_MS, () => server.closeIdleConnections());
    await closed;
  } finally {
    idle?.cancel();
    force.cancel();
  }
}
