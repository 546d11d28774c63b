// Kari in a process that is to be killed, or that comes after one: its steps ask a ledger outside, which counts.
import { Unavailable } from '@kari/kernel';
import { openKari } from './kari-platform.js';

const ledger = process.env['BENCH_LEDGER'] ?? '';
const runs = Number(process.env['BENCH_RUNS'] ?? 0);
const after = process.env['BENCH_TENANT'];
const STEPS = 20;
const STARTED_AT_ONCE = 25;

const kari = await openKari({
  effect: 'write',
  ...(after === undefined ? {} : { tenant: after }),
  step: async ({ input, context, signal }) => {
    const body = JSON.stringify({ ...(input as object), key: context.idempotencyKey });
    await fetch(ledger, { method: 'POST', body, ...(signal === undefined ? {} : { signal }) });
    return {};
  },
});
if (after === undefined) {
  const step = { call: 'bench.step@1', with: { run: '${ $workflow.id }' } };
  await kari.save(
    'killed',
    Array.from({ length: STEPS }, (_, index) => ({ [`step${index}`]: step })),
  );
  const started: string[] = [];
  let next = 0;
  const starting = async (): Promise<void> => {
    while (next < runs) started.push(await start(String((next += 1))));
  };
  await Promise.all(Array.from({ length: STARTED_AT_ONCE }, starting));
  process.send?.({ tenant: kari.tenant, started });
} else {
  process.on('message', ({ started }: { readonly started: readonly string[] }) => {
    for (const run of started) {
      void kari.end(run).then(
        () => process.send?.({ ended: run }),
        () => process.send?.({ lost: run }),
      );
    }
  });
  process.send?.({ ready: true });
}
/** A machine that others use may be too slow for an answer in time: the same key is the same run. */
async function start(key: string): Promise<string> {
  for (;;) {
    try {
      return await kari.start('killed', {}, key);
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
    }
  }
}

process.on('disconnect', () => process.exit(0));
