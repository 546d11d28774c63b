// Brings up the PostgreSQL that ships with Kari: adopts the one a killed server left running, else starts it, and stops it in order.
import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readFileSync, readSync, statSync, truncateSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Client } from 'pg';
import { identify, isAlive, killIdentified, programOf, spawnOwned, type ProcessIdentity } from '../../process/index.js';
import { systemClock, systemTimers } from '../../time/index.js';
import { binariesIn, linksAreWhole, packagedBinaries, restoreLinks, sharedCopy, type Binaries } from './binaries.js';
import { damaged, dataFolder, ensureCluster, OWNER, POSTGRES_ENVIRONMENT, type Cluster } from './cluster.js';
import { diagnose } from './diagnosis.rules.js';
import { canEnter, findFooting, on, sharedShelf, type Footing } from './footing.js';
import { claim } from './owner.js';
import { parsePostmasterFile } from './postmaster-file.rules.js';
import { EmbeddedDatabaseRefused, onDisk } from './refusal.js';

export interface EmbeddedOptions {
  /** Holds the password, the log and, where the server's user can enter it, the data. */
  readonly folder: string;
  /** Off only where a power cut may lose everything: tests. */
  readonly durable: boolean;
  /** Server settings by name, over ours. */
  readonly settings?: Readonly<Record<string, string>>;
  /** How long a start may take, recovery after a crash included. Default two minutes. */
  readonly patienceMs?: number;
  /** False: a server that dies stays dead. Default true: it is started again at its port, for as long as this process lives. */
  readonly keepUp?: boolean;
}

export interface EmbeddedDatabase {
  /** Of the database `kari`, as its owner. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Whether a server that an earlier Kari left behind was taken over. */
  readonly adopted: boolean;
  /** In words: as whom it runs and where its data is. */
  readonly footing: string;
  /** Tells the listener when the server has died, and of every try to start it again that failed. */
  onFault(listener: (error: unknown, what: string) => void): void;
  /** Checkpoints and ends the server; resolves when its process is gone. */
  stop(): Promise<void>;
}

const DATABASE = 'kari';
const LOG_LIMIT = 10 * 1024 * 1024;
const POLL = 15;
/** Between two looks whether the server lives, and after a try to start it again that failed. */
const WATCH = 200;
const REST = 1_000;

/** Throws `EmbeddedDatabaseRefused`. */
export async function startEmbeddedDatabase(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  onDisk(() => mkdirSync(options.folder, { recursive: true, mode: 0o711 }));
  const ownership = claim(options.folder);
  try {
    const footing = await findFooting(options.folder);
    const binaries = await enterableBinaries(footing);
    const cluster = await ensureCluster(footing, options.folder, binaries, options.durable);
    const running = await bringUp(footing, binaries, cluster, options);
    const { port, adopted } = running;
    const url = urlOf(port, cluster.password, DATABASE);
    await ensureDatabase(port, cluster.password);
    const kept = keepUp(running, options, () => bringUp(footing, binaries, cluster, options, port));
    return {
      url,
      port,
      get pid() {
        return kept.process().pid;
      },
      adopted,
      onFault: (listener) => kept.onFault(listener),
      footing: `${AS[footing.as]}${footing.as === 'other' ? ` ${footing.uid}` : ''}, data in ${dataFolder(cluster)}`,
      stop: async () => {
        await kept.stop();
        ownership.release();
      },
    };
  } catch (error) {
    ownership.release();
    throw error;
  }
}

const AS = { self: 'as this user', other: 'as user', unshare: 'in a user namespace' } as const;

async function enterableBinaries(footing: Footing): Promise<Binaries> {
  const { native, version } = packagedBinaries();
  const enterable = footing.as !== 'other' || (await canEnter(join(native, 'bin'), footing));
  if (enterable && (linksAreWhole(native) || restored(native))) return binariesIn(native, version);
  const shelf = sharedShelf();
  if (shelf === null) {
    const message = `PostgreSQL's user ${footing.uid} cannot enter ${native}, and no shared folder can be made: set DATABASE_URL, or move the checkout.`;
    throw new EmbeddedDatabaseRefused('permission', message);
  }
  return binariesIn(sharedCopy(native, version, shelf), version);
}

/** False where the package's folder is read-only for us: then a copy gets the links. */
function restored(native: string): boolean {
  try {
    restoreLinks(native);
    return true;
  } catch {
    return false;
  }
}

interface Running {
  readonly process: ProcessIdentity;
  readonly port: number;
  readonly adopted: boolean;
}

interface Kept extends Pick<EmbeddedDatabase, 'onFault'> {
  process(): ProcessIdentity;
  stop(): Promise<void>;
}

/** The out-of-memory killer, a full disk, an operator's slip: whatever ends the server, the connections find it again where it was. */
function keepUp(first: Running, options: EmbeddedOptions, again: () => Promise<Running>): Kept {
  let current = first.process;
  let reviving: Promise<void> | null = null;
  let nextTry = 0;
  let told: (error: unknown, what: string) => void = () => undefined;
  const revive = async (): Promise<void> => {
    told(new Error(`process ${current.pid} has ended`), 'the embedded database died');
    try {
      current = (await again()).process;
    } catch (error) {
      told(error, 'starting the embedded database again');
      nextTry = systemClock.monotonic() + REST;
    }
  };
  const watch = systemTimers.every(WATCH, () => {
    if (options.keepUp === false || reviving !== null || systemClock.monotonic() < nextTry || isAlive(current)) return;
    reviving = revive().finally(() => (reviving = null));
  });
  return {
    process: () => current,
    onFault: (listener) => {
      told = listener;
    },
    stop: async () => {
      watch.cancel();
      await reviving;
      await stop(current);
    },
  };
}

/** `place`: only at that port, where others look for it. */
async function bringUp(
  footing: Footing,
  binaries: Binaries,
  cluster: Cluster,
  options: EmbeddedOptions,
  place: number | null = null,
): Promise<Running> {
  const deadline = systemClock.monotonic() + (options.patienceMs ?? 120_000);
  for (;;) {
    const left = await leftBehind(cluster, deadline);
    if (left.found === 'live') return { process: left.process, port: left.port, adopted: true };
    const stranger = left.found === 'stranger' ? left.pid : null;
    const attempt = await tryStart(footing, binaries, cluster, options, { deadline, stranger, place });
    if (attempt.started) return { process: attempt.process, port: attempt.port, adopted: false };
    if (systemClock.monotonic() > deadline) {
      throw new EmbeddedDatabaseRefused('failed', `The embedded database did not start in time: ${attempt.line}`);
    }
    // Backends of a killed server hold its memory for some seconds; its file is left alone, for it is what keeps two servers apart.
    await systemTimers.sleep(100);
  }
}

type LeftBehind =
  | { readonly found: 'nothing' }
  | { readonly found: 'live'; readonly process: ProcessIdentity; readonly port: number }
  /** The file's pid was given to another program since. */
  | { readonly found: 'stranger'; readonly pid: number };

/** Waits until a server that is starting or stopping has made up its mind. */
async function leftBehind(cluster: Cluster, deadline: number): Promise<LeftBehind> {
  const file = join(dataFolder(cluster), 'postmaster.pid');
  while (systemClock.monotonic() < deadline) {
    const content = existsSync(file) ? onDisk(() => readFileSync(file, 'utf8')) : '';
    const told = parsePostmasterFile(content);
    const running = told === null ? null : identify(told.pid);
    if (told === null || running === null) return { found: 'nothing' };
    const program = programOf(told.pid);
    if (program !== null && !program.startsWith('postgres')) return { found: 'stranger', pid: told.pid };
    if (told.status === 'ready' && told.port !== null && (await serves(told.port, cluster))) {
      return { found: 'live', process: running, port: told.port };
    }
    await systemTimers.sleep(POLL);
  }
  throw new EmbeddedDatabaseRefused('in-use', `A PostgreSQL server holds ${cluster.data} and does not answer: end it and start again.`);
}

/** Whether the server at that port is the one of this data folder, by its own word and our password. */
async function serves(port: number, cluster: Cluster): Promise<boolean> {
  const client = new Client({ connectionString: urlOf(port, cluster.password, 'postgres'), connectionTimeoutMillis: 5000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const answer = await client.query<{ data_directory: string }>('show data_directory');
    return answer.rows[0]?.data_directory === dataFolder(cluster);
  } catch (error) {
    if ((error as { code?: string }).code === '28P01') throw damaged(cluster.data, 'its password file does not fit');
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

type Attempt =
  { readonly started: true; readonly process: ProcessIdentity; readonly port: number } | { readonly started: false; readonly line: string };

async function tryStart(
  footing: Footing,
  binaries: Binaries,
  cluster: Cluster,
  options: EmbeddedOptions,
  { deadline, stranger, place }: { readonly deadline: number; readonly stranger: number | null; readonly place: number | null },
): Promise<Attempt> {
  const port = place ?? (await freePort());
  const log = openLog(join(options.folder, 'server.log'));
  try {
    const start = fstatSync(log).size;
    const { file, args, ids } = on(footing, binaries.postgres, serverArguments(cluster, port, options));
    // The server takes a file that names its grandparent for stale: this is how it is told, without anyone deleting the file.
    const environment = { ...POSTGRES_ENVIRONMENT, ...(stranger === null ? {} : { PG_GRANDPARENT_PID: String(stranger) }) };
    const server = spawnOwned(file, args, { kind: 'postgres', cwd: '/', environment, stdio: ['ignore', log, log], ...ids });
    server.unref();
    let ended = false;
    void server.exited.then(() => (ended = true));
    while (!ended && systemClock.monotonic() < deadline) {
      const identity = identify(server.pid);
      if (identity !== null && readyFile(cluster, server.pid) && (await serves(port, cluster)))
        return { started: true, process: identity, port };
      await systemTimers.sleep(POLL);
    }
    if (!ended) {
      server.kill('SIGQUIT');
      await server.exited;
      return { started: false, line: 'recovery was still going on' };
    }
    const found = diagnose(tail(log, start));
    if (found.verdict === 'retry') return { started: false, line: found.because };
    if (found.kind === 'damaged') throw damaged(dataFolder(cluster), found.line);
    throw new EmbeddedDatabaseRefused(
      found.kind,
      `The embedded database did not start: ${found.line} (more in ${join(options.folder, 'server.log')})`,
    );
  } finally {
    closeSync(log);
  }
}

function serverArguments(cluster: Cluster, port: number, options: EmbeddedOptions): readonly string[] {
  const settings: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    // Loopback and password alone: a socket's path would be bound by 107 characters and by the rights of its folder.
    unix_socket_directories: '',
    max_connections: '120',
    jit: 'off',
    ...(options.durable ? {} : { fsync: 'off', full_page_writes: 'off', autovacuum: 'off' }),
    ...options.settings,
  };
  return ['-D', dataFolder(cluster), ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

function readyFile(cluster: Cluster, pid: number): boolean {
  try {
    const told = parsePostmasterFile(readFileSync(join(dataFolder(cluster), 'postmaster.pid'), 'utf8'));
    return told?.pid === pid && told.status === 'ready';
  } catch {
    return false;
  }
}

async function stop(server: ProcessIdentity): Promise<void> {
  // Fast, then immediate (recovery at the next start), then none of its choosing.
  const steps = [
    ['SIGINT', 20_000],
    ['SIGQUIT', 5000],
    ['SIGKILL', 5000],
  ] as const;
  for (const [signal, patience] of steps) {
    if (!isAlive(server)) return;
    if (signal === 'SIGKILL') killIdentified(server, signal);
    else process.kill(server.pid, signal);
    const deadline = systemClock.monotonic() + patience;
    while (isAlive(server) && systemClock.monotonic() < deadline) await systemTimers.sleep(POLL);
  }
}

async function ensureDatabase(port: number, password: string): Promise<void> {
  const client = new Client({ connectionString: urlOf(port, password, 'postgres') });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const found = await client.query('select 1 from pg_database where datname = $1', [DATABASE]);
    if (found.rowCount === 0) await client.query(`create database ${DATABASE}`);
  } finally {
    await client.end();
  }
}

function urlOf(port: number, password: string, database: string): string {
  return `postgresql://${OWNER}:${password}@127.0.0.1:${port}/${database}`;
}

/** PostgreSQL cannot choose a port itself. Between this answer and its bind another program may take it: then the start is tried again. */
async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

function openLog(path: string): number {
  return onDisk(() => {
    if (existsSync(path) && statSync(path).size > LOG_LIMIT) truncateSync(path);
    return openSync(path, 'a+', 0o600);
  });
}

function tail(log: number, from: number): string {
  const length = Math.min(fstatSync(log).size - from, 1 << 16);
  const buffer = Buffer.alloc(Math.max(length, 0));
  readSync(log, buffer, 0, buffer.length, from);
  return buffer.toString('utf8');
}
