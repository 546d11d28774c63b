// The log and the views of a server over its own data, without the server: to look at what a killed one left behind.
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { EVENT_STORE, type EventStore } from '@kari/kernel';
import { readConfig } from '@kari/platform/config';
import { openRuntime } from '../../apps/server/src/runtime.js';
import { POSTGRES_LOG } from '../../apps/server/src/platform.module.js';
import { ServerModule } from '../../apps/server/src/server.module.js';
import { Views } from '../../apps/server/src/views.js';

export interface ServerParts {
  readonly store: EventStore;
  /** Not started. */
  readonly views: Views;
  close(): Promise<void>;
}

export async function openServerParts(data: string, ownerUrl: string): Promise<ServerParts> {
  const runtime = await openRuntime(readConfig({ KARI_DATA_DIR: data, KARI_LOG_LEVEL: 'silent' }), ownerUrl, '0.0.0');
  const app = await NestFactory.create(ServerModule.register(runtime), { logger: false, abortOnError: false });
  return {
    store: app.get<EventStore>(EVENT_STORE),
    views: app.get(Views),
    close: async () => {
      await app.get<{ close(): Promise<void> }>(POSTGRES_LOG).close();
      await runtime.close();
    },
  };
}
