// The adapters under test, each opened fresh and closed with everything it holds.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventStore } from '@kari/kernel';
import { MemoryEventStore } from '@kari/kernel/testing';
import { fileBlobs } from '@kari/platform/blob';
import { testDatabase } from '@kari/platform/database/testing';
import { eventStoreMigrations, PostgresEventStore, type PostgresEventStoreOptions } from '@kari/platform/event-store';
import { systemClock, systemTimers } from '@kari/platform/time';
import type { Pool } from 'pg';
import { TRUNCATABLE } from './facts.js';

export interface OpenStore {
  readonly store: EventStore;
  close(): Promise<void>;
}

export interface OpenPostgresStore extends OpenStore {
  readonly store: PostgresEventStore;
  readonly pool: Pool;
  readonly systemUrl: string;
  readonly ownerUrl: string;
}

export const stores: Readonly<Record<string, () => Promise<OpenStore>>> = {
  memory: () =>
    Promise.resolve({
      store: new MemoryEventStore({ clock: systemClock, truncatable: [TRUNCATABLE] }),
      close: () => Promise.resolve(),
    }),
  PostgreSQL: () => postgresStore(),
};

export async function postgresStore(options: Partial<PostgresEventStoreOptions> = {}): Promise<OpenPostgresStore> {
  const database = await testDatabase({ migrations: [eventStoreMigrations] });
  const folder = mkdtempSync(join(tmpdir(), 'kari-blobs-'));
  const blobs = await fileBlobs({ folder, clock: systemClock });
  const store = new PostgresEventStore({ pool: database.system.pool, blobs, timers: systemTimers, truncatable: [TRUNCATABLE], ...options });
  return {
    store,
    pool: database.system.pool,
    systemUrl: database.systemUrl,
    ownerUrl: database.ownerUrl,
    close: async () => {
      await store.close();
      await database.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
