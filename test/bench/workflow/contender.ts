// A contender is a process of its own, so that nobody's timers and garbage weigh on another's figures: it takes orders from the benchmark over
// its pipe, makes the load itself, and answers figures.
import { countStatements, since, statements, type Statements } from './statements.js';

export type Workload = 'three' | 'forty' | 'fortyFibo' | 'tenFibo' | 'fanOut';

/** Tasks of one run. */
export const TASKS: Readonly<Record<Workload, number>> = { three: 3, forty: 40, fortyFibo: 40, tenFibo: 10, fanOut: 100 };

/** What each task computes; zero is a task that does nothing. */
export const FIBO: Readonly<Record<Workload, number>> = { three: 0, forty: 0, fortyFibo: 10, tenFibo: 33, fanOut: 0 };

/** One workflow engine under test. Its tasks call `work`, one durable step each, the same function for all. */
export interface Engine {
  /** Starts a run and resolves when it has ended well. */
  run(workload: Workload): Promise<void>;
  /** Starts a run that waits on a durable timer; resolves when it is started, `ended` when it has ended. */
  wait?(milliseconds: number): Promise<{ readonly ended: Promise<void> }>;
  close(): Promise<void>;
}

export type Order =
  | { readonly kind: 'runs'; readonly workload: Workload; readonly inFlight: number; readonly seconds: number }
  | { readonly kind: 'timers'; readonly count: number; readonly milliseconds: number }
  | { readonly kind: 'close' };

export interface RunsAnswer {
  readonly runs: number;
  readonly seconds: number;
  /** Of this process, for one run. */
  readonly cpuMilliseconds: number;
  /** Of this process, in all; none are counted of who brings his own client. */
  readonly statements: Statements;
  /** Of whole runs, in milliseconds, shortest first. */
  readonly latencies: readonly number[];
}

export interface TimersAnswer {
  /** Until all of them were set. */
  readonly seconds: number;
  /** How much longer than the wait each took from the moment it was asked for, in milliseconds, least first. */
  readonly late: readonly number[];
}

export function work(fibo: number): number {
  return fibo === 0 ? 0 : fib(fibo);
}

function fib(n: number): number {
  return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

/** Opens the engine, says so, and follows orders until told to close. */
export async function contend(open: () => Promise<Engine>): Promise<void> {
  countStatements();
  const engine = await open();
  process.on('message', (order: Order) => {
    void answer(engine, order).then(
      (value) => process.send?.({ value }),
      (error: unknown) => process.send?.({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
  // The benchmark is gone: nobody asks any more.
  process.on('disconnect', () => void engine.close().finally(() => process.exit(0)));
  process.send?.({ value: 'ready' });
}

async function answer(engine: Engine, order: Order): Promise<unknown> {
  switch (order.kind) {
    case 'runs':
      return load(engine, order);
    case 'timers':
      return timers(engine, order);
    case 'close':
      setImmediate(() => process.disconnect());
      return 'closing';
  }
}

async function load(engine: Engine, order: Extract<Order, { kind: 'runs' }>): Promise<RunsAnswer> {
  const latencies: number[] = [];
  const from = performance.now();
  const used = process.cpuUsage();
  const asked = statements();
  const until = from + order.seconds * 1_000;
  const worker = async (): Promise<void> => {
    while (performance.now() < until) {
      const began = performance.now();
      await engine.run(order.workload);
      latencies.push(performance.now() - began);
    }
  };
  await Promise.all(Array.from({ length: order.inFlight }, worker));
  const { user, system } = process.cpuUsage(used);
  return {
    runs: latencies.length,
    seconds: (performance.now() - from) / 1_000,
    cpuMilliseconds: (user + system) / 1_000 / latencies.length,
    statements: since(asked),
    latencies: latencies.sort((a, b) => a - b),
  };
}

const STARTED_AT_ONCE = 50;

async function timers(engine: Engine, { count, milliseconds }: Extract<Order, { kind: 'timers' }>): Promise<TimersAnswer> {
  const wait = engine.wait?.bind(engine);
  if (wait === undefined) throw new Error('it has no timers');
  const from = performance.now();
  const ends: Promise<number>[] = [];
  let left = count;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const due = performance.now() + milliseconds;
      const { ended } = await wait(milliseconds);
      ends.push(ended.then(() => performance.now() - due));
    }
  };
  await Promise.all(Array.from({ length: STARTED_AT_ONCE }, worker));
  const seconds = (performance.now() - from) / 1_000;
  return { seconds, late: (await Promise.all(ends)).sort((a, b) => a - b) };
}
