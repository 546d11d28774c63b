// Append through the public interface with the schema check on, beside emmett-postgresql: one event to a new stream each time, 1, 32 and 256 at once.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { streamId, type EventMeta } from '@kari/kernel';
import { memoryBlobs } from '@kari/platform/blob';
import { EnvelopeKeys, memoryKeyTable } from '@kari/platform/crypto';
import { openSystemDatabase, prepareDatabase } from '@kari/platform/database';
import { catalogueOf, eventStoreMigrations, PostgresEventStore, withCatalogue } from '@kari/platform/event-store';
import { systemClock, systemIds, systemTimers } from '@kari/platform/time';
import { z } from 'zod';
import { benchOptions, figure, interleaved, report, startBenchServer, type BenchServer, type Contender } from './harness.js';

const IN_FLIGHT = [1, 32, 256];
const TENANT = '0197a3c0-0000-7000-8000-00000000000a';
const body = { note: 'n-17', text: 'The quick brown fox jumps over the lazy dog.', tags: ['a', 'b'], pinned: false, size: 44 };
const schema = z.strictObject({
  note: z.string(),
  text: z.string().max(1_000),
  tags: z.array(z.string()),
  pinned: z.boolean(),
  size: z.int(),
});

async function kari(server: BenchServer): Promise<Contender> {
  const urls = await prepareDatabase({ ownerUrl: await server.database('bench_kari'), migrations: [eventStoreMigrations], schemas: [] });
  const database = openSystemDatabase(urls.system);
  const inner = new PostgresEventStore({ pool: database.pool, blobs: memoryBlobs(), timers: systemTimers });
  const keys = new EnvelopeKeys({
    masters: { current: { id: 'm', bytes: Buffer.alloc(32) }, previous: [] },
    table: memoryKeyTable(),
    clock: systemClock,
  });
  const catalogue = catalogueOf(
    () => [{ type: 'NoteTaken', version: 1, schema }],
    () => [],
  );
  const store = withCatalogue(inner, { catalogue, keys, timers: systemTimers });
  const meta = (): EventMeta => ({
    tenant: TENANT,
    actor: TENANT,
    actorKind: 'user',
    commandId: systemIds.next(),
    commandType: 'TakeNote',
    correlationId: systemIds.next(),
    occurredAt: '2026-01-01T00:00:00.000Z',
  });
  return {
    name: 'Kari',
    work: async () => {
      const stream = streamId('bench.note', TENANT, systemIds.next());
      const event = { id: systemIds.next(), type: 'NoteTaken', version: 1, data: body, meta: meta() };
      const [result] = await store.append([{ stream, expected: 'none', events: [event] }]);
      if (result?.ok !== true) throw result?.error ?? new Error('no answer');
      return 1;
    },
    close: async () => {
      await inner.close();
      await database.close();
    },
  };
}

interface Emmett {
  getPostgreSQLEventStore(
    url: string,
    options: object,
  ): {
    schema: { migrate(): Promise<unknown> };
    appendToStream(stream: string, events: readonly object[], options: object): Promise<{ createdNewStream: boolean }>;
    close(): Promise<void>;
  };
}

/** Its own pool of 20, the schema made beforehand: what its documentation advises for throughput. */
async function emmett(server: BenchServer): Promise<Contender | null> {
  const peers = createRequire(join(process.cwd(), 'test/bench/peers/package.json'));
  let library: Emmett;
  let Pool: new (options: object) => { end(): Promise<void>; on(event: 'error', listener: () => void): void };
  try {
    library = (await import(pathToFileURL(peers.resolve('@event-driven-io/emmett-postgresql')).href)) as Emmett;
    ({ Pool } = peers('pg') as { Pool: typeof Pool });
  } catch (error) {
    process.stdout.write(`emmett-postgresql is missing: ${(error as Error).message}\n`);
    return null;
  }
  const connectionString = await server.database('bench_emmett');
  const pool = new Pool({ connectionString, max: 20 });
  // Idle connections end with the server; unheard, that would end the process.
  pool.on('error', () => undefined);
  const preparing = library.getPostgreSQLEventStore(connectionString, {});
  await preparing.schema.migrate();
  await preparing.close();
  const store = library.getPostgreSQLEventStore(connectionString, { schema: { autoMigration: 'None' }, connectionOptions: { pool } });
  return {
    name: 'emmett-postgresql',
    work: async () => {
      const data = schema.parse(body);
      const result = await store.appendToStream(
        `note-${systemIds.next()}`,
        [{ type: 'NoteTaken', data, metadata: { tenant: TENANT, correlationId: systemIds.next() } }],
        {
          expectedStreamVersion: 'STREAM_DOES_NOT_EXIST',
        },
      );
      if (!result.createdNewStream) throw new Error('no new stream');
      return 1;
    },
    close: async () => {
      await store.close();
      await pool.end().catch(() => undefined);
    },
  };
}

const { rounds, seconds } = benchOptions({ rounds: 5, seconds: 4 });
const server = await startBenchServer();
const contenders: Contender[] = [];
try {
  for (const open of [kari, emmett]) {
    const contender = await open(server);
    if (contender !== null) contenders.push(contender);
  }
  for (const inFlight of IN_FLIGHT) {
    const results = await interleaved(server, contenders, rounds, { inFlight, seconds });
    for (const [contender, measured] of results) {
      const line = {
        bench: 'append',
        contender,
        inFlight,
        rounds,
        seconds,
        perSecond: figure(measured.map((round) => round.perSecond)),
        p50: figure(measured.map((round) => round.p50)),
        p99: figure(measured.map((round) => round.p99)),
        syncsPerEvent: figure(measured.map((round) => round.syncsPerEvent)),
      };
      report(line);
      const { perSecond, p50, p99, syncsPerEvent } = line;
      process.stdout.write(
        `append, ${String(inFlight).padStart(3)} in flight  ${contender.padEnd(18)} ${perSecond.median} ev/s (${perSecond.low} to ${perSecond.high})  ` +
          `p50 ${p50.median} ms  p99 ${p99.median} ms  ${syncsPerEvent.median} syncs/event\n`,
      );
    }
  }
} finally {
  for (const contender of contenders) await contender.close();
  await server.stop();
}
