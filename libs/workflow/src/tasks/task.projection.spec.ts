import { expect, it } from '@jest/globals';
import { documentOf, PlayingRun } from '../run/testing/playing-run.js';
import { recordedFacts } from '../run/testing/recorded-facts.js';
import { taskProjection, type TaskRow } from './task.projection.js';

it('keeps the last attempt of each task, and why the one before failed', () => {
  const run = new PlayingRun(
    documentOf([
      { g: { try: [{ a: { call: 'a.b@1', with: { n: 1 } } }], catch: { retry: { delay: { seconds: 1 } } } } },
      { s: { set: {}, if: 'false' } },
    ]),
  );
  run.failed('/do/0/g/try/0/a');
  run.on({ kind: 'timer', timer: [...run.state.timers.keys()][0]! });
  run.done('/do/0/g/try/0/a', 'fine');
  const rows = new Map<string, TaskRow>();
  for (const event of recordedFacts(run.facts)) {
    if (!(taskProjection.handles as readonly string[]).includes(event.type)) continue;
    const key = taskProjection.keyOf(event)!.join();
    const row = taskProjection.evolve(rows.get(key) ?? null, event);
    if (row !== null) rows.set(key, row);
  }
  const of = (task: string) => [...rows.values()].find((row) => row.task === task);
  expect(of('/do/0/g/try/0/a')).toMatchObject({
    status: 'completed',
    attempt: 2,
    output: 'fine',
    arguments: { call: 'a.b@1' },
    error: { type: 'urn:broken' },
  });
  expect(of('/do/1/s')).toMatchObject({ status: 'skipped' });
});
