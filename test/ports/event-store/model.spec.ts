// D-06: the event store equals its model, on every adapter.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { reportCounts } from '../../support/record.js';
import { seedOf } from '../../support/seed.js';
import { patienceFor, sizeOf } from '../../support/size.js';
import { freshStream } from './facts.js';
import { commands } from './model-commands.js';
import { ReferenceModel } from './reference-model.js';
import { stores, type OpenStore } from './stores.js';

const OPERATIONS: Readonly<Record<string, number>> = {
  memory: sizeOf('D-06 memory', { t1: 50_000, t2: 1_000_000, t3: 10_000_000 }),
  PostgreSQL: sizeOf('D-06 PostgreSQL', { t1: 6_000, t2: 100_000, t3: 1_000_000 }),
};
const LONGEST_RUN = 120;

describe.each(Object.keys(stores))('D-06 reference model: %s', (adapter) => {
  it(
    'gives the answers of the model to every operation',
    async () => {
      const open = await (stores[adapter] as () => Promise<OpenStore>)();
      const seed = seedOf(`D-06 ${adapter}`);
      const count = { operations: 0 };
      try {
        for (let round = 0; count.operations < (OPERATIONS[adapter] ?? 0); round += 1) {
          await fc.assert(
            fc.asyncProperty(fc.commands(commands, { maxCommands: LONGEST_RUN, size: 'max' }), async (run) => {
              const streams = ['test.note', 'test.other', 'workflow.run', 'test.note', 'workflow.run'].map(freshStream);
              const base = BigInt(await open.store.head());
              const model = new ReferenceModel(open.store.capabilities.idempotency);
              await fc.asyncModelRun(() => ({ model, real: { store: open.store, streams, base, count } }), run);
            }),
            { seed: seed + round, numRuns: 20, interruptAfterTimeLimit: 60_000 },
          );
        }
      } finally {
        await open.close();
      }
      reportCounts(`D-06 ${adapter}`, { operations: count.operations, differences: 0 });
      expect(count.operations).toBeGreaterThanOrEqual(OPERATIONS[adapter] ?? 0);
    },
    patienceFor(600_000),
  );
});
