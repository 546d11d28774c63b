// Kari: each task is a call of a plugin, and a run that is under way costs one append a task.
import { contend, FIBO, TASKS, work, type Engine, type Workload } from './contender.js';
import { openKari } from './kari-platform.js';

await contend(open);

async function open(): Promise<Engine> {
  const kari = await openKari({ effect: 'none', step: ({ input }) => ({ value: work((input as { fibo: number }).fibo) }) });
  for (const workload of Object.keys(TASKS) as Workload[]) await kari.save(slug(workload), tasksOf(workload));
  await kari.save('timer', [{ pause: { wait: '${ .pause }' } }]);
  return {
    run: async (workload) => kari.end(await kari.start(slug(workload), {})),
    wait: async (milliseconds) => ({ ended: kari.end(await kari.start('timer', { pause: `PT${milliseconds / 1_000}S` })) }),
    close: () => kari.stop(),
  };
}

function tasksOf(workload: Workload): object {
  const step = { call: 'bench.step@1', with: { fibo: FIBO[workload] } };
  const steps = Array.from({ length: TASKS[workload] }, (_, index) => ({ [`step${index}`]: step }));
  return workload === 'fanOut' ? [{ all: { fork: { branches: steps } } }] : steps;
}

function slug(workload: Workload): string {
  return workload.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
