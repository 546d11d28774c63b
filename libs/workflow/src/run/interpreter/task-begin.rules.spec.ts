import { expect, it } from '@jest/globals';
import { documentOf, PlayingRun } from '../testing/playing-run.js';

it('fails a task that cannot begin after it has been scheduled, so that the history tells where', () => {
  const wanted = { schema: { document: { type: 'string' } } };
  const run = new PlayingRun(documentOf([{ a: { call: 'desk.a@1', input: wanted } }]), 7);
  expect(run.types()).toEqual(['RunStarted', 'TaskScheduled', 'TaskScheduled', 'TaskFailed', 'RunFailed']);
});

it('sees an approval where the platform is called for one', () => {
  const run = new PlayingRun(documentOf([{ ask: { call: 'approval.request@1', with: { title: 'May it?' } } }]));
  expect(run.state.tasks.get('/do/0/ask')?.kind).toBe('approval');
});
