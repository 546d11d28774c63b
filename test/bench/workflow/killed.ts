// A process is killed with runs in its hands; the next one takes them up. A ledger outside both of them counts what is asked of it.
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contender } from './contestant.js';
import { size } from './size.js';

const STEP_MS = 50;
const PATIENCE_MS = 60_000;

export interface Killed {
  /** From the kill to the moment when the last of the runs asked for something again, or had ended. */
  readonly resumedSeconds: number;
  readonly lost: number;
  /** How often one step was asked for beyond the first time. */
  readonly mostRepeats: number;
}

export async function killed(database: string): Promise<Killed> {
  const asked = new Map<string, number>();
  const before = new Set<string>();
  const resumed = new Map<string, number>();
  let killedAt: number | null = null;
  const ledger = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const { run, key } = JSON.parse(text) as { run: string; key: string };
      asked.set(key, (asked.get(key) ?? 0) + 1);
      if (killedAt === null) before.add(run);
      else if (!resumed.has(run)) resumed.set(run, performance.now() - killedAt);
      setTimeout(() => response.end(), STEP_MS);
    });
  });
  await new Promise<void>((ready) => ledger.listen(0, '127.0.0.1', ready));
  const folder = mkdtempSync(join(tmpdir(), 'kari-bench-killed-'));
  const environment = {
    BENCH_DATABASE: database,
    BENCH_FOLDER: folder,
    BENCH_LEDGER: `http://127.0.0.1:${(ledger.address() as AddressInfo).port}`,
    BENCH_RUNS: String(size.killed),
  };
  const first = contender('kari-killed', environment);
  const { tenant, started } = (await told(first)) as { tenant: string; started: readonly string[] };
  await until(() => before.size === size.killed);
  first.kill('SIGKILL');
  killedAt = performance.now();
  const kill = killedAt;

  const second = contender('kari-killed', { ...environment, BENCH_TENANT: tenant });
  await told(second);
  const ended = new Map<string, number>();
  let lost = 0;
  second.on('message', (message: { readonly ended?: string; readonly lost?: string }) => {
    if (message.ended !== undefined) ended.set(message.ended, performance.now() - kill);
    if (message.lost !== undefined) lost += 1;
  });
  second.send({ started });
  await until(() => ended.size + lost === size.killed);
  const exited = new Promise((done) => second.once('exit', done));
  second.disconnect();
  await exited;
  ledger.closeAllConnections();
  ledger.close();
  rmSync(folder, { recursive: true, force: true });
  const times = started.map((run) => resumed.get(run) ?? ended.get(run) ?? PATIENCE_MS);
  return {
    resumedSeconds: Math.max(...times) / 1_000,
    lost: size.killed - ended.size,
    mostRepeats: Math.max(...asked.values()) - 1,
  };
}

function told(child: ChildProcess): Promise<unknown> {
  return new Promise((done, fail) => {
    child.once('message', done);
    child.once('exit', (code) => fail(new Error(`the process ended with ${code}`)));
  });
}

async function until(reached: () => boolean): Promise<void> {
  for (const last = performance.now() + PATIENCE_MS; !reached() && performance.now() < last;) {
    await new Promise((next) => setTimeout(next, 5));
  }
}
