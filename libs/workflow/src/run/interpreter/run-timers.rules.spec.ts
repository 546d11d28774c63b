import { expect, it } from '@jest/globals';
import { documentOf, PlayingRun } from '../testing/playing-run.js';

const call = (name: string) => ({ call: `desk.${name}@1`, with: { n: '${ .n }' } });

it('ends by its timer, and a timer of what is gone is taken back', () => {
  const run = new PlayingRun(documentOf([{ w: { wait: 'PT2S' } }]));
  expect(run.facts.at(-1)).toMatchObject({ type: 'TimerSet', data: { milliseconds: 2000, dueAt: '2026-01-01T00:00:02.000Z' } });
  run.on({ kind: 'timer', timer: '/do/0/w:wait:1' });
  expect(run.state.status).toBe('completed');
  const late = new PlayingRun(
    documentOf([
      { g: { try: [{ a: { ...call('a'), timeout: { after: { seconds: 1 } } } }], catch: { errors: { with: { status: 408 } } } } },
    ]),
  );
  late.done('/do/0/g/try/0/a', 1);
  expect(late.types()).toContain('TimerCancelled');
  expect(late.on({ kind: 'timer', timer: '/do/0/g/try/0/a:timeout:1' })).toEqual([]);
});
