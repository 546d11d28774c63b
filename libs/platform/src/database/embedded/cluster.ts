// Makes the cluster's data folder on the first start, whole or not at all, and judges an existing one before PostgreSQL does.
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runToCompletion } from '../../process/index.js';
import { systemRandom } from '../../time/index.js';
import type { Binaries } from './binaries.js';
import { diagnose } from './diagnosis.rules.js';
import { handOver, on, type Footing } from './footing.js';
import { EmbeddedDatabaseRefused, onDisk } from './refusal.js';

/** The cluster's superuser; owner of the platform's database. */
export const OWNER = 'kari_owner';

export interface Cluster {
  readonly data: string;
  readonly password: string;
}

export async function ensureCluster(footing: Footing, secrets: string, binaries: Binaries, durable: boolean): Promise<Cluster> {
  const data = join(footing.base, 'cluster');
  const draft = join(footing.base, 'cluster.draft');
  // A draft is what an interrupted first start left: it never held a row.
  onDisk(() => rmSync(draft, { recursive: true, force: true }));
  const passwordFile = join(secrets, 'password');
  if (existsSync(data)) {
    judge(data, binaries);
    return { data, password: readPassword(passwordFile) };
  }

  const password = Buffer.from(systemRandom.bytes(24)).toString('base64url');
  onDisk(() => writeFileSync(passwordFile, password, { mode: 0o600 }));
  onDisk(() => mkdirSync(draft, { mode: 0o700 }));
  handOver(footing, draft);
  await initialise(footing, binaries, draft, password, durable);
  onDisk(() => renameSync(draft, data));
  return { data, password };
}

async function initialise(footing: Footing, binaries: Binaries, draft: string, password: string, durable: boolean): Promise<void> {
  // initdb reads the password from a file that its user can read; the folder around it is closed to everybody else.
  const given = join(draft, 'given');
  onDisk(() => mkdirSync(given, { mode: 0o700 }));
  handOver(footing, given);
  const passwordFile = join(given, 'password');
  onDisk(() => writeFileSync(passwordFile, password, { mode: 0o600 }));
  handOver(footing, passwordFile);
  const made = join(draft, 'data');
  const args = [`--pgdata=${made}`, `--username=${OWNER}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--encoding=UTF8'];
  // The builtin provider sorts alike on every system and in every release.
  args.push('--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C', '--no-instructions', ...(durable ? [] : ['--no-sync']));
  const { file, args: line, ids } = on(footing, binaries.initdb, args);
  const done = await runToCompletion(file, line, {
    kind: 'initdb',
    cwd: '/',
    environment: POSTGRES_ENVIRONMENT,
    timeoutMs: 60_000,
    ...ids,
  });
  onDisk(() => rmSync(given, { recursive: true, force: true }));
  if (done.code !== 0) {
    const found = diagnose(done.stderr);
    const line = found.verdict === 'refuse' ? found.line : done.ended;
    const kind = found.verdict === 'refuse' && found.kind !== 'damaged' ? found.kind : 'failed';
    throw new EmbeddedDatabaseRefused(kind, `The embedded database could not be made in ${draft}: ${line}`);
  }
}

/** Nothing is inherited: PG* variables of the caller would change what the server does. */
export const POSTGRES_ENVIRONMENT: Readonly<Record<string, string>> = { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin' };

export function dataFolder(cluster: Cluster): string {
  return join(cluster.data, 'data');
}

function judge(data: string, binaries: Binaries): void {
  const files = onDisk(() => readdirSync(data));
  const inside = join(data, 'data');
  const versionFile = join(inside, 'PG_VERSION');
  if (!files.includes('data') || !existsSync(versionFile)) throw damaged(inside, 'PG_VERSION is missing');
  const found = onDisk(() => readFileSync(versionFile, 'utf8')).trim();
  if (!/^\d+$/.test(found)) throw damaged(inside, 'PG_VERSION does not hold a version');
  if (found !== binaries.major) {
    const message = `The data folder ${inside} is of PostgreSQL ${found}, this release carries ${binaries.major}: start the release that made it and take a backup to restore here.`;
    throw new EmbeddedDatabaseRefused('version', message);
  }
}

export function damaged(folder: string, what: string): EmbeddedDatabaseRefused {
  return new EmbeddedDatabaseRefused(
    'damaged',
    `The data folder ${folder} is damaged (${what}): restore a backup, or move the folder away to start empty.`,
  );
}

function readPassword(file: string): string {
  try {
    const password = readFileSync(file, 'utf8').trim();
    if (password !== '') return password;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      onDisk(() => {
        throw error;
      });
  }
  throw new EmbeddedDatabaseRefused('damaged', `The database's password file ${file} is missing: bring it back from a backup.`);
}
