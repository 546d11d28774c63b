// A contender as the benchmark sees it: a process that answers orders.
import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Order } from './contender.js';
import { size } from './size.js';

/** No order takes that long where anything works. */
const PATIENCE_MS = 300_000;

type Message = { readonly value: unknown } | { readonly error: string };

export class Contestant {
  private readonly folder = mkdtempSync(join(tmpdir(), 'kari-bench-contender-'));
  private readonly child: ChildProcess;

  private constructor(
    readonly name: string,
    database: string,
  ) {
    this.child = contender(name.toLowerCase(), { BENCH_DATABASE: database, BENCH_FOLDER: this.folder });
  }

  /** Null, with the reason said, where it cannot be had. */
  static async open(name: string, database: string): Promise<Contestant | null> {
    const contestant = new Contestant(name, database);
    try {
      await contestant.answer();
      return contestant;
    } catch (error) {
      process.stdout.write(`${name} is missing: ${(error as Error).message.split('\n')[0]}\n`);
      contestant.child.kill('SIGKILL');
      rmSync(contestant.folder, { recursive: true, force: true });
      return null;
    }
  }

  async ask<T>(order: Order): Promise<T> {
    const answer = this.answer();
    this.child.send(order);
    return (await answer) as T;
  }

  async close(): Promise<void> {
    const ended = new Promise((done) => this.child.once('exit', done));
    if (this.child.exitCode !== null) return;
    await this.ask({ kind: 'close' });
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }

  private answer(): Promise<unknown> {
    return new Promise((done, fail) => {
      const gone = (code: number | null): void => fail(new Error(`${this.name} ended with ${code}`));
      const late = setTimeout(() => fail(new Error(`${this.name} gives no answer`)), PATIENCE_MS);
      this.child.once('exit', gone);
      this.child.once('message', (message: Message) => {
        this.child.off('exit', gone);
        clearTimeout(late);
        if ('error' in message) fail(new Error(message.error));
        else done(message.value);
      });
    });
  }
}

/** Its program was compiled beside this benchmark. */
export function contender(program: string, environment: Readonly<Record<string, string>>): ChildProcess {
  return fork(`.cache/bench/tree/test/bench/workflow/${program}.js`, {
    execArgv: ['--no-warnings', ...(size.profiles === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${size.profiles}`])],
    env: { ...process.env, ...environment },
  });
}
