import { describe, expect, it } from '@jest/globals';
import type { WorkflowDocument } from '../definition/document.js';
import { documentOf, PlayingRun } from '../run/testing/playing-run.js';
import { hindranceOf } from './stuck.rules.js';

const ask = { ask: { call: 'approval.request@1', with: { title: 'May it?' } } };
const pay = { pay: { call: 'shop.pay@1' } };
const lack = (pointer: string) => ({ pointer: `${pointer}/call`, code: 'PLUGIN_NOT_FOUND', reason: 'There is no shop.pay' });
const hindrance = (pointer: string, mayBeCaught = false) => ({
  pointer,
  code: 'PLUGIN_NOT_FOUND',
  reason: 'There is no shop.pay.',
  mayBeCaught,
});
const judged = (tasks: WorkflowDocument['do'], at: string, play: (run: PlayingRun) => void = () => undefined) => {
  const document = documentOf(tasks);
  const run = new PlayingRun(document);
  play(run);
  return hindranceOf(run.state, document, [lack(at)]);
};

describe('an open run is stuck', () => {
  it('where what it will call has gone', () => {
    expect(judged([ask, pay], '/do/1/pay')).toEqual(hindrance('/do/1/pay'));
  });

  it('where it calls it now', () => {
    expect(judged([pay, ask], '/do/0/pay')).toEqual(hindrance('/do/0/pay'));
  });

  it('where its document is not to be had', () => {
    const run = new PlayingRun(documentOf([ask]));
    expect(hindranceOf(run.state, null, [])).toEqual({
      pointer: null,
      code: 'WORKFLOW_VERSION_GONE',
      reason: expect.stringContaining('Version 1 of the workflow sample'),
      mayBeCaught: false,
    });
  });

  it('where its document asks for what this engine does not do', () => {
    const document = documentOf([ask, { far: { call: 'mcp', with: {} } }] as WorkflowDocument['do']);
    const run = new PlayingRun(documentOf([ask]));
    expect(hindranceOf(run.state, document, [])).toMatchObject({ pointer: '/do/1/far', code: 'WORKFLOW_CONSTRUCT_UNSUPPORTED' });
  });

  it('where a later task leads back to it', () => {
    const back = [pay, ask, { again: { switch: [{ no: { when: '.no', then: 'pay' } }] } }] as WorkflowDocument['do'];
    expect(judged(back, '/do/0/pay', (run) => run.done('/do/0/pay', 1))).toEqual(hindrance('/do/0/pay'));
  });

  it('in a block that it stands in', () => {
    expect(judged([{ both: { do: [ask, pay] } }], '/do/0/both/do/1/pay')).toEqual(hindrance('/do/0/both/do/1/pay'));
  });

  it('in a try, which may take it, and rather where nothing does', () => {
    const tried = { safe: { try: [pay], catch: {} } };
    expect(judged([ask, tried], '/do/1/safe/try/0/pay')).toEqual(hindrance('/do/1/safe/try/0/pay', true));
    const document = documentOf([ask, tried, pay]);
    const { state } = new PlayingRun(document);
    expect(hindranceOf(state, document, [lack('/do/1/safe/try/0/pay'), lack('/do/2/pay')])).toEqual(hindrance('/do/2/pay'));
  });

  it('while it undoes, where what is owed has gone', () => {
    const compensated = { book: { call: 'shop.book@1', metadata: { kari: { compensate: [pay] } } } };
    const tasks = [compensated, ask] as WorkflowDocument['do'];
    const at = '/do/0/book/metadata/kari/compensate/0/pay';
    const done = (run: PlayingRun) => void run.done('/do/0/book', 1);
    expect(judged(tasks, at, done)).toBeNull();
    const cancelled = (run: PlayingRun): void => {
      done(run);
      run.then({ type: 'RunCancelRequested', data: { reason: null } });
    };
    expect(judged(tasks, at, cancelled)).toEqual(hindrance(at));
    expect(judged([ask, ...tasks], '/do/1/book/metadata/kari/compensate/0/pay', cancelledAtOnce)).toBeNull();
  });
});

const cancelledAtOnce = (run: PlayingRun): void => void run.then({ type: 'RunCancelRequested', data: { reason: null } });

describe('an open run is not stuck', () => {
  it('while it waits for people, or for an event that nobody publishes', () => {
    const document = documentOf([ask, { hear: { listen: { to: { one: { with: { type: 'never.told' } } } } } }] as WorkflowDocument['do']);
    expect(hindranceOf(new PlayingRun(document).state, document, [])).toBeNull();
  });

  it('by what it has behind it', () => {
    expect(judged([pay, ask], '/do/0/pay', (run) => run.done('/do/0/pay', 1))).toBeNull();
  });

  it('by a task that a pin stands for, or what is in it', () => {
    const document = documentOf([ask, { both: { do: [pay] } }]);
    const run = new PlayingRun(document);
    const pinned = { ...run.state, start: { ...run.state.start!, pins: { '/do/both': null } } };
    expect(hindranceOf(pinned, document, [lack('/do/1/both/do/0/pay')])).toBeNull();
    expect(hindranceOf(run.state, document, [lack('/do/1/both/do/0/pay')])).not.toBeNull();
  });

  it('by tasks that it will not come to, once it is being ended', () => {
    expect(judged([ask, pay], '/do/1/pay', cancelledAtOnce)).toBeNull();
  });
});
