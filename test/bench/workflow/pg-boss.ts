// pg-boss is a queue of jobs, not of workflows: what fits is a hundred jobs at once, and jobs that are due later. It looks for jobs every half
// second, the least it allows, and takes a thousand at a time; a job counts as done when its handler is, a moment before that is durable.
import { contend, FIBO, TASKS, work, type Engine } from './contender.js';
import { peer } from './peers.js';

interface Job {
  readonly id: string;
  readonly data: { readonly fibo: number };
}

interface Boss {
  start(): Promise<unknown>;
  stop(options: object): Promise<void>;
  on(event: 'error', told: (error: Error) => void): void;
  createQueue(name: string): Promise<void>;
  insert(jobs: readonly object[]): Promise<void>;
  work(name: string, options: object, handler: (jobs: readonly Job[]) => Promise<void>): Promise<string>;
}

await contend(open);

async function open(): Promise<Engine> {
  const { default: PgBoss } = await peer<{ default: new (options: object) => Boss }>('pg-boss');
  const boss = new PgBoss({ connectionString: process.env['BENCH_DATABASE'], max: 20, supervise: false, schedule: false });
  boss.on('error', (error) => process.stderr.write(`${error.message}\n`));
  await boss.start();
  await boss.createQueue('bench');
  const waiting = new Map<string, () => void>();
  const take = (jobs: readonly Job[]): Promise<void> => {
    for (const { id, data } of jobs) {
      work(data.fibo);
      waiting.get(id)?.();
      waiting.delete(id);
    }
    return Promise.resolve();
  };
  await boss.work('bench', { batchSize: 1_000, pollingIntervalSeconds: 0.5 }, take);
  const job = (fibo: number, more: object = {}): { readonly wish: object; readonly ended: Promise<void> } => {
    const id = crypto.randomUUID();
    return { wish: { id, name: 'bench', data: { fibo }, ...more }, ended: new Promise((told) => waiting.set(id, told)) };
  };
  return {
    run: async (workload) => {
      const jobs = Array.from({ length: TASKS[workload] }, () => job(FIBO[workload]));
      await boss.insert(jobs.map(({ wish }) => wish));
      await Promise.all(jobs.map(({ ended }) => ended));
    },
    wait: async (milliseconds) => {
      const { wish, ended } = job(0, { startAfter: new Date(Date.now() + milliseconds) });
      await boss.insert([wish]);
      return { ended };
    },
    close: () => boss.stop({ graceful: false }),
  };
}
