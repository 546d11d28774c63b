// One thread with real jq in it. A program that takes too long or too much ends with its thread; the next one gets a new thread.
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import type { Timer, Timers } from '@kari/kernel';
import type { ExpressionFault } from './evaluator.js';

/** Token of `JqLimits`; left out: `jqLimits`. */
export const JQ_LIMITS = Symbol('JqLimits');

export interface JqLimits {
  /** From the moment the program starts, on the clock of the wall: a busy machine must not fail it. Default: 1,000. */
  readonly milliseconds: number;
  /** Of the engine. Default: 128 MiB. */
  readonly memoryBytes: number;
  /** Characters of input and variables as JSON. Default: 4 Mi. */
  readonly inputSize: number;
  /** Characters of the result as JSON. Default: 4 Mi. */
  readonly outputSize: number;
}

export const jqLimits: JqLimits = {
  milliseconds: 1_000,
  memoryBytes: 128 * 1024 * 1024,
  inputSize: 4 * 1024 * 1024,
  outputSize: 4 * 1024 * 1024,
};

export type JqAnswer = { readonly output: string } | { readonly fault: ExpressionFault; readonly reason: string };

/** Programs that one thread runs before it makes room for a fresh one: what the engine leaks goes with it. */
const PROGRAMS_PER_THREAD = 5_000;
const START_MILLISECONDS = 30_000;
const MOST_WAITING = 1_000;
const MIB = 1024 * 1024;

interface Job {
  readonly milliseconds: number;
  readonly program: string;
  readonly input: string;
  settle(answer: JqAnswer): void;
}

interface Thread {
  readonly worker: Worker;
  ready: boolean;
  programs: number;
}

export class RealJq {
  private readonly waiting: Job[] = [];
  private thread: Thread | null = null;
  private current: Job | null = null;
  private timer: Timer | null = null;
  private closed = false;

  constructor(
    private readonly timers: Timers,
    private readonly limits: JqLimits = jqLimits,
  ) {}

  /** Never rejects. */
  run(program: string, input: string, milliseconds = this.limits.milliseconds): Promise<JqAnswer> {
    if (this.closed) return Promise.resolve({ fault: 'unavailable', reason: 'expressions are not evaluated any more' });
    if (this.waiting.length >= MOST_WAITING)
      return Promise.resolve({ fault: 'unavailable', reason: `${MOST_WAITING} expressions wait already` });
    return new Promise((resolve) => {
      this.waiting.push({ milliseconds, program, input, settle: resolve });
      this.next();
    });
  }

  async close(): Promise<void> {
    this.closed = true;
    const gone: JqAnswer = { fault: 'unavailable', reason: 'expressions are not evaluated any more' };
    for (const job of this.waiting.splice(0)) job.settle(gone);
    this.settle(gone);
    await this.end();
  }

  private next(): void {
    if (this.current !== null || this.closed) return;
    const [job] = this.waiting;
    if (job === undefined) return;
    const thread = (this.thread ??= this.start());
    if (!thread.ready) return;
    this.waiting.shift();
    this.current = job;
    thread.programs += 1;
    this.timer = this.timers.after(job.milliseconds, () =>
      this.lose(thread, { fault: 'timeout', reason: `it takes longer than ${job.milliseconds} ms` }),
    );
    thread.worker.postMessage({ program: job.program, input: job.input, outputBytes: this.limits.outputSize });
  }

  private start(): Thread {
    const worker = new Worker(new URL('./jq-worker.mjs', import.meta.url), {
      workerData: { jq: createRequire(import.meta.url).resolve('jq-web'), memoryBytes: this.limits.memoryBytes },
      env: {},
      argv: [],
      execArgv: [],
      stdin: false,
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: Math.ceil(this.limits.memoryBytes / MIB), maxYoungGenerationSizeMb: 16, stackSizeMb: 4 },
    });
    const thread: Thread = { worker, ready: false, programs: 0 };
    worker.unref();
    const slow = this.timers.after(START_MILLISECONDS, () => this.lose(thread, { fault: 'unavailable', reason: 'jq does not start' }));
    worker.on('message', (message: { ready?: true; broken?: true } & JqAnswer) => {
      if (message.ready === true) {
        slow.cancel();
        thread.ready = true;
        return this.next();
      }
      if (thread !== this.thread) return;
      if (message.broken === true) return this.lose(thread, message);
      this.settle(message);
      if (thread.programs >= PROGRAMS_PER_THREAD) void this.end();
      this.next();
    });
    const fell = (reason: string) => {
      slow.cancel();
      this.lose(thread, { fault: thread.ready ? 'memory' : 'unavailable', reason });
    };
    worker.on('error', (error: Error) => fell(`jq fell: ${error.message}`));
    worker.on('exit', () => fell('jq ended'));
    return thread;
  }

  /** Ends a thread that is not to be trusted any more, with its program. */
  private lose(thread: Thread, answer: JqAnswer): void {
    if (thread !== this.thread) return;
    void this.end();
    // Nobody would ever be served by an engine that cannot start.
    if (!thread.ready) this.waiting.shift()?.settle(answer);
    this.settle(answer);
    this.next();
  }

  private settle(answer: JqAnswer): void {
    const job = this.current;
    this.current = null;
    this.timer?.cancel();
    this.timer = null;
    job?.settle(answer);
  }

  private async end(): Promise<void> {
    const thread = this.thread;
    this.thread = null;
    await thread?.worker.terminate();
  }
}
