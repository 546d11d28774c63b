import { expect, it } from '@jest/globals';
import { streamId } from '@kari/kernel';
import { recorded } from '../../testing/recorded.js';
import { NOW, TENANT } from '../../testing/stories.js';
import { PLAN_CATEGORY, PLAN_ID, type PlanEvent, type PlanStep } from './plan.events.js';
import { planProgressProjection, type PlanProgressRow } from './plan-progress.projection.js';

const plan = 'plan-1';
const step = (extension: string): PlanStep => ({
  act: 'install',
  extension,
  from: null,
  to: '1.0.0',
  enabled: true,
  consented: [],
  before: null,
});
const steps = ['acme.core', 'acme.notes', 'acme.more'].map(step);
const started: PlanEvent = { type: 'ExtensionPlanStarted', data: { plan, hash: 'h', steps } };
const at = (place: number): PlanEvent => ({ type: 'ExtensionPlanStepStarted', data: { plan, place, step: steps[place]! } });
const done = (place: number): PlanEvent => ({ type: 'ExtensionPlanStepCompleted', data: { plan, place } });
const failed = (place: number): PlanEvent => ({ type: 'ExtensionPlanStepFailed', data: { plan, place, code: 'C', reason: 'why' } });
const undoing = (place: number): PlanEvent => ({ type: 'ExtensionPlanUndoStarted', data: { plan, place, step: steps[place]! } });
const undone = (place: number): PlanEvent => ({ type: 'ExtensionPlanUndoCompleted', data: { plan, place, trouble: 'a hook threw' } });
const over = (outcome: 'completed' | 'failed'): PlanEvent => ({ type: 'ExtensionPlanEnded', data: { plan, outcome } });

function after(...events: readonly PlanEvent[]): PlanProgressRow {
  const stream = streamId(PLAN_CATEGORY, TENANT, PLAN_ID);
  return events.reduce<PlanProgressRow | null>(
    (row, event, revision) => planProgressProjection.evolve(row, recorded(event, stream, revision)),
    null,
  )!;
}
const states = (row: PlanProgressRow) => [row.outcome, ...row.steps.map(({ state }) => state)];

it('shows every step from the first moment, and how it goes', () => {
  expect(states(after(started))).toEqual(['running', 'pending', 'pending', 'pending']);
  expect(states(after(started, at(0), done(0), at(1)))).toEqual(['running', 'done', 'running', 'pending']);
  expect(after(started, at(0), done(0), over('completed'))).toMatchObject({ outcome: 'completed', ended_at: NOW, plan, tenant: TENANT });
});

it('shows the way back with its reason', () => {
  const back = after(started, at(0), done(0), at(1), failed(1), undoing(0));
  expect(states(back)).toEqual(['undoing', 'undoing', 'failed', 'skipped']);
  expect(back).toMatchObject({ code: 'C', reason: 'why' });
  expect(after(started, at(0), done(0), at(1), failed(1), undoing(0), undone(0), over('failed'))).toMatchObject({
    outcome: 'failed',
    steps: [{ state: 'undone', detail: 'a hook threw' }, { state: 'failed', detail: 'why' }, { state: 'skipped' }],
  });
  expect(states(after(started, at(0), { type: 'ExtensionPlanCancelled', data: { plan } }))).toEqual([
    'undoing',
    'running',
    'skipped',
    'skipped',
  ]);
});

it('shows a step that came undone by itself as the reason, not the one that was ended for it', () => {
  const lost: PlanEvent = { type: 'ExtensionPlanStepLost', data: { plan, place: 0, code: 'LOST', reason: 'it went back' } };
  const row = after(started, at(0), done(0), at(1), lost, failed(1), over('failed'));
  expect(states(row)).toEqual(['failed', 'undone', 'failed', 'skipped']);
  expect(row).toMatchObject({ code: 'LOST', reason: 'it went back', steps: [{ detail: 'it went back' }, { detail: 'why' }, {}] });
});

it('forgets the plan before', () =>
  expect(states(after(started, at(0), failed(0), over('failed'), started))).toEqual(['running', 'pending', 'pending', 'pending']));

it('names everyone who takes over as one', () => {
  const member = { ...step('acme.core'), act: 'upgrade' as const, from: '1.0.0', to: '2.0.0' };
  const together: PlanStep = { ...member, act: 'together', members: [member, { ...member, extension: 'acme.notes' }] };
  const row = after({ type: 'ExtensionPlanStarted', data: { plan, hash: 'h', steps: [together, steps[2]!] } });
  expect(row.steps.map(({ act, members }) => [act, members])).toEqual([
    [
      'together',
      [
        { extension: 'acme.core', from: '1.0.0', to: '2.0.0' },
        { extension: 'acme.notes', from: '1.0.0', to: '2.0.0' },
      ],
    ],
    ['install', undefined],
  ]);
});
