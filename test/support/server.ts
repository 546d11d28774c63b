// A whole server as a user has it: started from the build in a process of its own, with its own data folder and a free port.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

export interface RunningServer {
  readonly url: string;
  readonly data: string;
  readonly adminToken: string;
  readonly output: () => string;
  readonly pid: number;
  /** SIGTERM and wait; the data folder stays until `remove`. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  /** Stops and deletes the data folder. */
  remove(): Promise<void>;
}

export interface ServerOptions {
  readonly data?: string;
  readonly env?: Readonly<Record<string, string>>;
}

const READY_WITHIN_MS = 60_000;

export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const data = options.data ?? (await mkdtemp(join(tmpdir(), 'kari-e2e-')));
  const child = spawn(process.execPath, [join(root, 'dist/apps/server/src/main.js')], {
    cwd: root,
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', KARI_PORT: '0', KARI_DATA_DIR: data, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exited = new Promise<number | null>((done) => child.once('exit', (code) => done(code)));

  await ready(child, exited, () => output);
  const { url } = JSON.parse(await readFile(join(data, 'server.json'), 'utf8')) as { url: string };
  const adminToken = (await readFile(join(data, 'admin-token'), 'utf8')).trim();

  async function stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    child.kill(signal);
    return exited;
  }
  return {
    url,
    data,
    adminToken,
    output: () => output,
    pid: child.pid ?? 0,
    stop,
    remove: async () => {
      await stop();
      await rm(data, { recursive: true, force: true });
    },
  };
}

/** The server says `ready` on a line of its own once everything it starts has started. */
async function ready(child: ChildProcess, exited: Promise<number | null>, output: () => string): Promise<void> {
  await new Promise<void>((done, fail) => {
    const late = setTimeout(() => fail(new Error(`not ready in time:\n${output()}`)), READY_WITHIN_MS);
    const look = (): void => {
      if (!/^Kari is ready/m.test(output())) return;
      clearTimeout(late);
      done();
    };
    child.stdout?.on('data', look);
    void exited.then((code) => {
      clearTimeout(late);
      fail(new Error(`the server ended with ${code}:\n${output()}`));
    });
  }).catch(async (error: unknown) => {
    child.kill('SIGKILL');
    await exited;
    throw error;
  });
}

/** Command lines of running processes that mention the text: whoever still works for a server names its data folder. */
export async function processesNaming(text: string): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return lines.filter((line) => line.includes(text)).map((line) => line.replaceAll('\0', ' ').trim());
}
