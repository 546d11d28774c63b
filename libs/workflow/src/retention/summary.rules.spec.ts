import { describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '@kari/kernel';
import type { RunEvent } from '../run/run.events.js';
import { evolveRun, initialRun, type RunState } from '../run/run-state.rules.js';
import { runProjection, type RunRow } from '../run/run.projection.js';
import { documentOf, PlayingRun } from '../run/testing/playing-run.js';
import { recordedAppends } from '../run/testing/recorded-facts.js';
import { begunAs, commandsOf, summaryOf } from './summary.rules.js';

const folded = (facts: readonly RunEvent[]): RunState => facts.reduce<RunState>(evolveRun, initialRun);
const rowAfter = (facts: readonly RecordedEvent[]): RunRow | null =>
  facts.reduce<RunRow | null>((row, fact) => runProjection.evolve(row, fact), null);

function asked(): PlayingRun {
  const run = new PlayingRun(documentOf([{ ask: { call: 'approval.request@1', with: { title: 'May it?' } } }]), { n: 1 });
  const [approval] = run.state.openApprovals.keys();
  run.then({ type: 'ApprovalGiven', data: { approval: approval!, decision: 'approved', comment: null, by: 'ada' } });
  return run;
}

describe('the summary of a run', () => {
  it('says the same of the run alone as behind its whole history', () => {
    const run = asked();
    const [summary, ...more] = summaryOf(recordedAppends(run.appends), [])!;
    expect(more).toEqual([]);
    expect(folded([summary!])).toEqual(folded([...run.facts, summary!]));
    expect(folded([summary!])).toMatchObject({
      status: 'completed',
      start: { input: null },
      summary: { begun: begunAs('sample', { n: 1 }) },
    });
    const recorded = recordedAppends([...run.appends, [summary!]]);
    const last = recorded.at(-1)!;
    expect(rowAfter([last])).toEqual(rowAfter(recorded));
    expect(rowAfter([last])).toMatchObject({ status: 'completed', history: 'summarised', tasks_completed: 2 });
  });

  it('keeps who decided, and neither what went in nor what came out', () => {
    const run = new PlayingRun(documentOf([{ a: { call: 'desk.a@1', with: { text: 'canary-in' } } }]), { text: 'canary-in' });
    run.done('/do/0/a', 'canary-out');
    expect(JSON.stringify(summaryOf(recordedAppends(run.appends), []))).not.toContain('canary');
    const [summary] = summaryOf(recordedAppends(asked().appends), [])!;
    expect(summary?.data.approvals).toMatchObject([{ title: 'May it?', status: 'approved', decided_by: 'ada' }]);
  });

  it('comes in shares for a long run, each with its own tasks', () => {
    const items = Array.from({ length: 600 }, (_, n) => n);
    const run = new PlayingRun(documentOf([{ each: { for: { in: '.items' }, do: [{ n: { set: { n: 1 } } }] } }]), { items });
    for (let more = run.on({ kind: 'begin' }); more.length > 0;) more = run.on({ kind: 'begin' });
    const parts = summaryOf(recordedAppends(run.appends), [])!;
    expect(parts.map(({ data }) => [data.part, data.tasks.length])).toEqual([
      [0, 500],
      [1, 500],
      [2, 202],
    ]);
    expect(folded(parts)).toEqual(folded([...run.facts, ...parts]));
  });

  it('is of ended runs alone, and made once', () => {
    const open = new PlayingRun(documentOf([{ a: { call: 'desk.a@1' } }]));
    expect(summaryOf(recordedAppends(open.appends), [])).toBeNull();
    const run = asked();
    const summary = summaryOf(recordedAppends(run.appends), [])!;
    expect(summaryOf(recordedAppends([...run.appends, summary]), [])).toBeNull();
    const takenBack: RunEvent[] = [
      { type: 'RunCancelRequested', data: { reason: null } },
      { type: 'RunCancelled', data: { reason: null } },
    ];
    expect(summaryOf(recordedAppends([takenBack]), [])).toBeNull();
  });

  it('names the commands whose entries go with the history, and a start by its input', () => {
    const run = asked();
    expect(commandsOf(recordedAppends(run.appends))).toHaveLength(run.appends.length);
    expect(begunAs('w', { a: 1, b: 2 })).toBe(begunAs('w', { b: 2, a: 1 }));
    expect(begunAs('w', { a: 1 })).not.toBe(begunAs('w', { a: 2 }));
  });
});
