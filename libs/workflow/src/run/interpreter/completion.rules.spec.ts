import { expect, it } from '@jest/globals';
import { documentOf, PlayingRun } from '../testing/playing-run.js';

it('keeps with the end of a task how it would be undone, and what it leaves in the context', () => {
  const compensate = [{ undo: { call: 'desk.undo@1' } }];
  const run = new PlayingRun(
    documentOf([{ a: { call: 'desk.a@1', export: { as: '${ { kept: .n } }' }, metadata: { kari: { compensate } } } }]),
  );
  const [ended] = run.done('/do/0/a', { n: 1 });
  expect(ended).toMatchObject({
    type: 'TaskCompleted',
    data: { context: { kept: 1 }, undo: { pointer: '/do/0/a/metadata/kari/compensate', input: { output: { n: 1 } } } },
  });
});

it('ends the workflow from however deep', () => {
  const deep = documentOf([{ outer: { do: [{ inner: { set: { n: 1 }, then: 'end' } }] } }, { never: { set: { n: 2 } } }]);
  expect(new PlayingRun(deep).state.result).toEqual({ output: { n: 1 } });
});
