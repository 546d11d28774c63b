// Graphile Worker is a queue of jobs, not of workflows: what fits is a hundred jobs at once, and jobs that are due later. Fifty jobs at a time, and
// looks for what is due every 100 ms instead of every 2 s.
import { contend, FIBO, TASKS, work, type Engine } from './contender.js';
import { peer } from './peers.js';

interface Graphile {
  run(options: object): Promise<{
    readonly events: { on(event: 'job:success', told: (about: { job: { id: string } }) => void): void };
    addJob(task: string, payload: unknown, options?: { runAt?: Date }): Promise<{ id: string }>;
    stop(): Promise<void>;
  }>;
}

await contend(open);

async function open(): Promise<Engine> {
  const graphile = await peer<Graphile>('graphile-worker');
  const quiet = {
    log: () => undefined,
    scope: () => quiet,
    error: () => undefined,
    warn: () => undefined,
    info: () => undefined,
    debug: () => undefined,
  };
  const runner = await graphile.run({
    connectionString: process.env['BENCH_DATABASE'],
    concurrency: 50,
    maxPoolSize: 20,
    pollInterval: 100,
    noHandleSignals: true,
    logger: quiet,
    parsedCronItems: [],
    taskList: { step: ({ fibo }: { fibo: number }) => void work(fibo) },
  });
  const ended = new Set<string>();
  const waiting = new Map<string, () => void>();
  runner.events.on('job:success', ({ job: { id } }) => {
    const tell = waiting.get(id);
    if (tell === undefined) ended.add(id);
    else tell();
    waiting.delete(id);
  });
  const end = (id: string): Promise<void> => (ended.delete(id) ? Promise.resolve() : new Promise((told) => waiting.set(id, told)));
  return {
    run: async (workload) => {
      const jobs = Array.from({ length: TASKS[workload] }, () => runner.addJob('step', { fibo: FIBO[workload] }));
      await Promise.all((await Promise.all(jobs)).map(({ id }) => end(id)));
    },
    wait: async (milliseconds) => {
      const { id } = await runner.addJob('step', { fibo: 0 }, { runAt: new Date(Date.now() + milliseconds) });
      return { ended: end(id) };
    },
    close: () => runner.stop(),
  };
}
