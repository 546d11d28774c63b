import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { identify, isAlive } from '../../process/index.js';
import { EmbeddedDatabaseRefused, startEmbeddedDatabase, type EmbeddedDatabase } from './index.js';

let folder = '';
let running: EmbeddedDatabase[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kari-embedded-'));
  chmodSync(folder, 0o711);
});
afterEach(async () => {
  for (const database of running) await database.stop();
  running = [];
  rmSync(folder, { recursive: true, force: true });
});

/** Not kept up, unless asked for: here the test is what happens to it. */
async function start(keepUp = false): Promise<EmbeddedDatabase> {
  const database = await startEmbeddedDatabase({ folder: join(folder, 'postgres'), durable: false, keepUp });
  running.push(database);
  return database;
}

async function ask(url: string, sql: string): Promise<unknown> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<{ answer: unknown }>(sql)).rows?.[0]?.answer;
  } finally {
    await client.end();
  }
}

/** Where the data really is: elsewhere when the folder cannot be entered by the server's user. */
function data(): string {
  const pointer = join(folder, 'postgres', 'location');
  return join(existsSync(pointer) ? readFileSync(pointer, 'utf8') : join(folder, 'postgres'), 'cluster', 'data');
}

/** As a killed server leaves it: the database runs, its owner does not. */
function forgetOwner(): void {
  writeFileSync(join(folder, 'postgres', 'owner.json'), '{"pid": 4194000, "startedAt": "long ago"}');
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((next) => setTimeout(next, 10));
}

async function refusal(attempt: Promise<unknown>): Promise<EmbeddedDatabaseRefused> {
  const error = await attempt.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(EmbeddedDatabaseRefused);
  expect((error as Error).message).not.toContain('\n');
  return error as EmbeddedDatabaseRefused;
}

describe('the embedded database', () => {
  it('starts empty, keeps its rows over a stop, keeps its password to itself, and listens on loopback alone', async () => {
    const first = await start();
    await ask(first.url, 'create table kept (answer int); insert into kept values (42)');
    expect(statSync(join(folder, 'postgres', 'password')).mode & 0o777).toBe(0o600);
    expect(await ask(first.url, "select current_setting('listen_addresses') as answer")).toBe('127.0.0.1');
    await expect(ask(first.url.replace(/:[^:@]+@/, ':wrong@'), 'select 1')).rejects.toMatchObject({ code: '28P01' });
    await first.stop();
    expect(existsSync(join(data(), 'postmaster.pid'))).toBe(false);
    const second = await start();
    expect([second.adopted, await ask(second.url, 'select answer from kept')]).toEqual([false, 42]);
  });

  it('adopts the server that a killed Kari left running, and stops it like its own', async () => {
    const first = await start();
    const identity = identify(first.pid);
    forgetOwner();
    const second = await start();
    expect([second.adopted, second.pid, second.port]).toEqual([true, first.pid, first.port]);
    await second.stop();
    expect(identity !== null && isAlive(identity)).toBe(false);
  });

  it('comes back after it was killed, however soon (D-02)', async () => {
    const first = await start();
    await ask(first.url, 'create table kept (answer int); insert into kept values (42)');
    process.kill(-first.pid, 'SIGKILL');
    forgetOwner();
    const second = await start();
    expect([second.adopted, await ask(second.url, 'select answer from kept')]).toEqual([false, 42]);
  });

  it('is started again where it was when it dies, its rows and its connections with it, until it is stopped (D-02)', async () => {
    const database = await start(true);
    const told: string[] = [];
    database.onFault((_, what) => told.push(what));
    await ask(database.url, 'create table kept (answer int); insert into kept values (42)');
    const first = database.pid;
    process.kill(-first, 'SIGKILL');
    await until(() => database.pid !== first);
    expect([await ask(database.url, 'select answer from kept'), told]).toEqual([42, ['the embedded database died']]);
    const second = identify(database.pid);
    await database.stop();
    expect(second !== null && isAlive(second)).toBe(false);
    expect(existsSync(join(data(), 'postmaster.pid'))).toBe(false);
  });

  it('is not fooled by a stranger who was given the pid of a dead server', async () => {
    const first = await start();
    process.kill(-first.pid, 'SIGKILL');
    forgetOwner();
    const file = join(data(), 'postmaster.pid');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^\d+/, String(process.pid)));
    expect((await start()).adopted).toBe(false);
  });

  (process.getuid?.() === 0 ? it : it.skip)('runs without rights from a checkout that only root can enter', async () => {
    chmodSync(folder, 0o700);
    const first = await start();
    await ask(first.url, 'create table kept (answer int); insert into kept values (42)');
    await first.stop();
    const second = await start();
    expect(await ask(second.url, 'select answer from kept')).toBe(42);
    expect(statSync(data()).uid).toBe(65534);
    await second.stop();
    rmSync(join(data(), '..', '..'), { recursive: true });
    expect((await refusal(start())).message).toContain('bring it back');
  });

  it('makes the cluster anew when the first start was interrupted', async () => {
    mkdirSync(join(folder, 'postgres', 'cluster.draft', 'data'), { recursive: true, mode: 0o711 });
    writeFileSync(join(folder, 'postgres', 'cluster.draft', 'data', 'PG_VERSION'), '18');
    expect((await start()).adopted).toBe(false);
  });

  it('refuses a second server on the same folder, in one line', async () => {
    await start();
    const { kind, message } = await refusal(start());
    expect([kind, message]).toEqual(['in-use', expect.stringContaining(`process ${process.pid}`)]);
  });

  it('names what is wrong with a damaged folder, in one line', async () => {
    await (await start()).stop();
    truncateSync(join(data(), 'global', 'pg_control'), 100);
    expect((await refusal(start())).kind).toBe('damaged');
    rmSync(join(data(), 'PG_VERSION'));
    expect((await refusal(start())).message).toContain('PG_VERSION is missing');
    expect(existsSync(join(folder, 'postgres', 'owner.json'))).toBe(false);
  });

  it('refuses data of another PostgreSQL release, and a lost password, in one line', async () => {
    await (await start()).stop();
    writeFileSync(join(data(), 'PG_VERSION'), '15\n');
    expect((await refusal(start())).kind).toBe('version');
    writeFileSync(join(data(), 'PG_VERSION'), '18\n');
    rmSync(join(folder, 'postgres', 'password'));
    expect((await refusal(start())).message).toContain('password');
  });

  it('says which path it may not use', async () => {
    writeFileSync(join(folder, 'postgres'), 'a file');
    expect(await refusal(start())).toMatchObject({ kind: 'permission', message: expect.stringContaining(join(folder, 'postgres')) });
  });
});
