// What every benchmark shares: one durable PostgreSQL for all contenders, interleaved rounds, medians with their spread, results as lines.
import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startEmbeddedDatabase } from '@kari/platform/database';
import { systemTimers } from '@kari/platform/time';
import { Client } from 'pg';

export interface BenchServer {
  /** The owner's URL of a new, empty database. */
  database(name: string): Promise<string>;
  /** Syncs of the write-ahead log so far. */
  walSyncs(): Promise<number>;
  stop(): Promise<void>;
}

/** fsync and synchronous_commit on, everything else as Kari ships it; the same server for all contenders. */
export async function startBenchServer(): Promise<BenchServer> {
  const folder = mkdtempSync(join(tmpdir(), 'kari-bench-'));
  // The database's own user must be able to enter.
  chmodSync(folder, 0o711);
  const server = await startEmbeddedDatabase({ folder, durable: true, settings: { max_connections: '100', max_wal_size: '4GB' } });
  const client = new Client({ connectionString: server.url });
  await client.connect();
  const { rows } = await client.query<Record<string, string>>(
    `select current_setting('server_version') as version, current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit`,
  );
  if (rows[0]?.['fsync'] !== 'on' || rows[0]['commit'] !== 'on') throw new Error('the server would not be durable');
  report({
    machine: {
      cpu: cpus()[0]?.model,
      cores: cpus().length,
      memory: totalmem(),
      kernel: release(),
      node: process.version,
      load: loadavg()[0],
    },
    ...rows[0],
    commit: commit(),
  });
  return {
    database: async (name) => {
      await client.query(`create database ${name}`);
      const url = new URL(server.url);
      url.pathname = `/${name}`;
      return url.href;
    },
    walSyncs: async () => {
      // Backends hand their counts over within a second of going idle.
      await systemTimers.sleep(1_200);
      const { rows: syncs } = await client.query<{ count: string }>(walSyncQuery(rows[0]?.['version'] ?? ''));
      return Number(syncs[0]?.count ?? 0);
    },
    stop: async () => {
      await client.end();
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** One of those who run the same load in turn. */
export interface Contender {
  readonly name: string;
  /** One unit of work; answers how many events it made durable. */
  work(): Promise<number>;
  close(): Promise<void>;
}

export interface Round {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly syncsPerEvent: number;
}

export interface RoundOptions {
  readonly inFlight: number;
  readonly seconds: number;
}

/** Rounds A-B-A-B after one unmeasured round each. */
export async function interleaved(
  server: BenchServer,
  contenders: readonly Contender[],
  rounds: number,
  options: RoundOptions,
): Promise<ReadonlyMap<string, readonly Round[]>> {
  const results = new Map<string, Round[]>(contenders.map(({ name }) => [name, []]));
  for (const contender of contenders) await run(contender, { ...options, seconds: Math.min(2, options.seconds) });
  for (let round = 0; round < rounds; round += 1) {
    for (const contender of contenders) {
      const before = await server.walSyncs();
      const measured = await run(contender, options);
      const syncs = (await server.walSyncs()) - before;
      results.get(contender.name)?.push({ ...measured, syncsPerEvent: syncs / Math.max(1, measured.events) });
    }
  }
  return results;
}

async function run(contender: Contender, { inFlight, seconds }: RoundOptions): Promise<Omit<Round, 'syncsPerEvent'> & { events: number }> {
  const latencies: number[] = [];
  let events = 0;
  const start = performance.now();
  const until = start + seconds * 1_000;
  const worker = async (): Promise<void> => {
    for (let from = performance.now(); from < until;) {
      // Not `events += await ...`: that would read the sum before waiting and lose what others added meanwhile.
      const written = await contender.work();
      events += written;
      const now = performance.now();
      latencies.push(now - from);
      from = now;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  const elapsed = (performance.now() - start) / 1_000;
  latencies.sort((a, b) => a - b);
  return { events, perSecond: events / elapsed, p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) };
}

export interface Figure {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

export function figure(values: readonly number[]): Figure {
  const sorted = [...values].sort((a, b) => a - b);
  const rounded = (value: number): number => Number(value.toPrecision(4));
  return { median: rounded(quantile(sorted, 0.5)), low: rounded(sorted[0] ?? 0), high: rounded(sorted.at(-1) ?? 0) };
}

/** One line of results: for the file that docs/benchmarks.md is made from. */
export function report(line: object): void {
  const text = JSON.stringify(line);
  const file = process.env['KARI_BENCH_RESULTS'];
  if (file !== undefined) (reported ? appendFileSync : writeFileSync)(file, `${text}\n`);
  reported = true;
}
let reported = false;

export function benchOptions(defaults: { rounds: number; seconds: number }): { rounds: number; seconds: number } {
  const { values } = parseArgs({ options: { rounds: { type: 'string' }, seconds: { type: 'string' } } });
  return { rounds: Number(values.rounds ?? defaults.rounds), seconds: Number(values.seconds ?? defaults.seconds) };
}

function quantile(sorted: readonly number[], at: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))] ?? 0;
}

/** PostgreSQL 18 moved the counter. */
function walSyncQuery(version: string): string {
  return Number.parseInt(version, 10) >= 18
    ? `select coalesce(sum(fsyncs), 0)::text as count from pg_stat_io where object = 'wal'`
    : 'select wal_sync::text as count from pg_stat_wal';
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}
