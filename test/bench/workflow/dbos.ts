// DBOS Transact: workflows are functions of this process, each step a row in PostgreSQL. As its documentation advises for throughput: a pool of
// twenty, started and awaited in the same process, no tracing, no admin server.
import { contend, FIBO, TASKS, work, type Engine, type Workload } from './contender.js';
import { peer } from './peers.js';

interface Handle {
  getResult(): Promise<unknown>;
}

interface Dbos {
  readonly DBOS: {
    setConfig(config: object): void;
    launch(): Promise<void>;
    shutdown(): Promise<void>;
    registerWorkflow<A extends unknown[]>(
      body: (...args: A) => Promise<unknown>,
      config: { name: string },
    ): (...args: A) => Promise<unknown>;
    runStep<T>(step: () => Promise<T>, config: { name: string }): Promise<T>;
    startWorkflow<A extends unknown[]>(workflow: (...args: A) => Promise<unknown>): (...args: A) => Promise<Handle>;
    sleep(milliseconds: number): Promise<void>;
  };
}

await contend(open);

async function open(): Promise<Engine> {
  const { DBOS } = await peer<Dbos>('@dbos-inc/dbos-sdk');
  const step = (fibo: number): Promise<number> => DBOS.runStep(() => Promise.resolve(work(fibo)), { name: 'step' });
  const sequence = DBOS.registerWorkflow(
    async (workload: Workload) => {
      let last = 0;
      for (let index = 0; index < TASKS[workload]; index += 1) last = await step(FIBO[workload]);
      return last;
    },
    { name: 'sequence' },
  );
  const fanOut = DBOS.registerWorkflow(
    (workload: Workload) => Promise.all(Array.from({ length: TASKS[workload] }, () => step(FIBO[workload]))),
    { name: 'fanOut' },
  );
  const timer = DBOS.registerWorkflow((milliseconds: number) => DBOS.sleep(milliseconds), { name: 'timer' });
  DBOS.setConfig({
    name: 'bench',
    systemDatabaseUrl: process.env['BENCH_DATABASE'],
    systemDatabasePoolSize: 20,
    logLevel: 'error',
    runAdminServer: false,
  });
  await DBOS.launch();
  return {
    run: async (workload) => {
      const handle = await DBOS.startWorkflow(workload === 'fanOut' ? fanOut : sequence)(workload);
      await handle.getResult();
    },
    wait: async (milliseconds) => {
      const handle = await DBOS.startWorkflow(timer)(milliseconds);
      return { ended: handle.getResult().then(() => undefined) };
    },
    close: () => DBOS.shutdown(),
  };
}
