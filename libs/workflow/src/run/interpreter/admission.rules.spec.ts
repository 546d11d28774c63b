import { describe, expect, it } from '@jest/globals';
import type { KariDocumentMetadata, WorkflowDocument } from '../../definition/document.js';
import { documentOf, PlayingRun } from '../testing/playing-run.js';
import { admissionToSeek } from './admission.rules.js';
import { effectsOf, paceToKeep } from './effects.rules.js';

const call = { a: { call: 'desk.a@1', metadata: { kari: { compensate: [{ undo: { call: 'desk.undo@1' } }] } } } };
const limited = (kari: KariDocumentMetadata, tasks: WorkflowDocument['do'] = [call]): WorkflowDocument => {
  const document = documentOf(tasks);
  return { ...document, document: { ...document.document, metadata: { kari } } };
};
const KEYED = { concurrency: { key: '.customer', limit: 2 } } as const;
const place = (answer: object, turn = 1) => ({ kind: 'place', turn, answer }) as never;
const last = (run: PlayingRun) => run.facts.at(-1);
const other = '00000000-0000-7000-8000-0000000000bb';

describe('a place', () => {
  it('is asked for before anything else, under one name for one key', () => {
    const [one, same, another] = ['c', 'c', 'd'].map((customer) => new PlayingRun(limited(KEYED), { customer })) as [
      PlayingRun,
      PlayingRun,
      PlayingRun,
    ];
    expect(one.types()).toEqual(['RunStarted', 'RunAdmissionAwaited']);
    expect(last(one)).toMatchObject({ data: { turn: 1, place: { key: 'c', limit: 2, overlap: 'queue' } } });
    const queue = ({ state }: PlayingRun) => state.admission?.place?.queue;
    expect(queue(one)).toBe(queue(same));
    expect(queue(one)).not.toBe(queue(another));
    expect(admissionToSeek(one.state)).toBe('place');
  });

  it('lets the run begin with the answer, and is given back with its end', () => {
    const run = new PlayingRun(limited(KEYED), { customer: 'c' });
    expect(run.on(place({ status: 'held' })).map(({ type }) => type)).toEqual([
      'RunPlaceTaken',
      'RunAdmitted',
      'TaskScheduled',
      'TaskScheduled',
    ]);
    expect(run.on(place({ status: 'held' }))).toEqual([]);
    expect(run.done('/do/0/a', 1).map(({ type }) => type)).toEqual(['TaskCompleted', 'TaskCompleted', 'RunPlaceLeft', 'RunCompleted']);
  });

  it('is waited for, and taken when another run has left it', () => {
    const run = new PlayingRun(limited(KEYED), { customer: 'c' });
    expect(run.on(place({ status: 'waiting', behind: [other], ahead: 3 }))).toEqual([
      { type: 'RunQueued', data: { turn: 1, behind: [other], ahead: 3 } },
    ]);
    expect(run.on(place({ status: 'waiting', behind: [other], ahead: 1 }))).toEqual([]);
    expect(run.then({ type: 'RunPlaceTaken', data: { turn: 1 } }).map(({ type }) => type)).toContain('RunAdmitted');
  });

  it('that is waited for in vain is left with the cancelling', () => {
    const run = new PlayingRun(limited(KEYED), { customer: 'c' });
    run.on(place({ status: 'waiting', behind: [other], ahead: 1 }));
    expect(run.then({ type: 'RunCancelRequested', data: { reason: 'enough' } }).map(({ type }) => type)).toEqual([
      'RunPlaceLeft',
      'RunCancelled',
    ]);
  });

  it('that is refused cancels the run, in words', () => {
    const run = new PlayingRun(limited({ concurrency: { key: '1', overlap: 'skip' } }));
    expect(run.on(place({ status: 'refused', reason: 'skipped' })).map(({ type }) => type)).toEqual([
      'RunCancelRequested',
      'RunPlaceLeft',
      'RunCancelled',
    ]);
    expect(run.state.reason).toBe('skipped');
  });

  it('is asked for again by a run that is retried, which does nothing before it has it', () => {
    const guarded = limited(KEYED, [{ b: { call: 'desk.b@1' } }]);
    const run = new PlayingRun(guarded, { customer: 'c' });
    run.on(place({ status: 'held' }));
    run.failed('/do/0/b');
    const again = run.then({ type: 'RunRetried', data: { task: '/do/0/b', shard: 0 } });
    expect(again).toMatchObject([{ type: 'RunAdmissionAwaited', data: { turn: 2 } }]);
    expect(effectsOf(run.state)).toEqual([]);
    expect(run.on(place({ status: 'held' }))).toEqual([]);
    run.on(place({ status: 'held' }, 2));
    expect(effectsOf(run.state)).toHaveLength(1);
  });

  it('is not asked for where overlap is allowed; a key without a value fails the run', () => {
    expect(new PlayingRun(limited({ concurrency: { key: '1', overlap: 'allow' } })).types()).not.toContain('RunAdmissionAwaited');
    const broken = new PlayingRun(limited({ concurrency: { key: '.a + {}' } }), { a: 1 });
    expect(broken.state).toMatchObject({ status: 'failed', failure: { task: '/do' } });
  });
});

describe('a rate', () => {
  const rated = limited({ rateLimit: { limit: 3, per: 'PT1M' } });

  it('lets a run begin at once, or at its moment', () => {
    const now = new PlayingRun(rated);
    expect(last(now)).toMatchObject({ type: 'RunAdmissionAwaited', data: { pace: { limit: 3, perMs: 60_000 } } });
    expect(admissionToSeek(now.state)).toBe('pace');
    expect(now.on({ kind: 'pace', turn: 1, waitMs: 0 }).map(({ type }) => type)).toEqual(['RunAdmitted', 'TaskScheduled', 'TaskScheduled']);
    const later = new PlayingRun(rated);
    expect(later.on({ kind: 'pace', turn: 1, waitMs: 500 })).toMatchObject([{ type: 'TimerSet', data: { purpose: 'rate', task: null } }]);
    expect(admissionToSeek(later.state)).toBeNull();
    expect(later.on({ kind: 'timer', timer: 'admission:1' }).map(({ type }) => type)).toEqual([
      'TimerFired',
      'RunAdmitted',
      'TaskScheduled',
      'TaskScheduled',
    ]);
  });

  it('is asked for behind the place, so that nobody uses up a start while there is no room', () => {
    const both = new PlayingRun(limited({ ...KEYED, rateLimit: { limit: 1, per: 'PT1S' } }), { customer: 'c' });
    expect(admissionToSeek(both.state)).toBe('place');
    both.on(place({ status: 'held' }));
    expect(admissionToSeek(both.state)).toBe('pace');
  });

  it('of a call keeps its effect back until its moment, once an attempt', () => {
    const call = { call: 'desk.a@1', metadata: { kari: { rateLimit: { limit: 1, per: 'PT1S', key: '${ .who }' } } } };
    const run = new PlayingRun(documentOf([{ a: call }]), { who: 'me' });
    const [task] = effectsOf(run.state);
    expect(paceToKeep(task!)).toMatchObject({ limit: 1, perMs: 1_000 });
    run.on({ kind: 'hold', task: '/do/0/a', attempt: 1, waitMs: 20 });
    expect(effectsOf(run.state)).toEqual([]);
    expect(run.on({ kind: 'hold', task: '/do/0/a', attempt: 1, waitMs: 20 })).toEqual([]);
    run.on({ kind: 'timer', timer: '/do/0/a:rate:1' });
    expect(effectsOf(run.state).map(paceToKeep)).toEqual([null]);
  });

  it('without a time fails what it stands at', () => {
    const run = new PlayingRun(limited({ rateLimit: { limit: 1, per: '${ .n }' } }), { n: 'soon' });
    expect(run.state.failure?.error.detail).toBe('the time of the rate limit is no duration');
  });
});
