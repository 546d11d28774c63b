import { describe, expect, it } from '@jest/globals';
import { specify } from '@kari/kernel/testing';
import type { PlanCommand } from './plan.commands.js';
import { planDecider } from './plan.decider.js';
import type { PlanEvent, PlanStep } from './plan.events.js';

const { given } = specify(planDecider);
const hash = 'a'.repeat(64);
const PLAN = '00000000-0000-7000-8000-000000000001';
const step = (extension: string, more: Partial<Omit<PlanStep, 'members'>> = {}): Omit<PlanStep, 'members'> => ({
  act: 'install',
  extension,
  from: null,
  to: '1.0.0',
  enabled: true,
  consented: [],
  before: null,
  ...more,
});
const core = step('acme.core');
const notes = step('acme.notes');
type Facts = Extract<PlanCommand, { type: 'ExecutePlan' }>['data']['facts'];
const execute = (facts: Partial<Facts> = {}): PlanCommand => ({
  type: 'ExecutePlan',
  data: {
    hash,
    facts: { hash, moved: [], obstacle: null, steps: [core, notes].map((one) => ({ ...one, consent: [] })), strangers: [], ...facts },
  },
});
const started: PlanEvent = { type: 'ExtensionPlanStarted', data: { plan: PLAN, hash, steps: [core, notes] } };
const at = (place: number, of = [core, notes][place]!): PlanEvent => ({
  type: 'ExtensionPlanStepStarted',
  data: { plan: PLAN, place, step: of },
});
const done = (place: number): PlanEvent => ({ type: 'ExtensionPlanStepCompleted', data: { plan: PLAN, place } });
const failed = (place: number): PlanEvent => ({
  type: 'ExtensionPlanStepFailed',
  data: { plan: PLAN, place, code: 'EXTENSION_UNHEALTHY', reason: 'no' },
});
const cancelled: PlanEvent = { type: 'ExtensionPlanCancelled', data: { plan: PLAN } };
const undoing = (place: number): PlanEvent => ({
  type: 'ExtensionPlanUndoStarted',
  data: { plan: PLAN, place, step: [core, notes][place]! },
});
const undone = (place: number, trouble: string | null = null): PlanEvent => ({
  type: 'ExtensionPlanUndoCompleted',
  data: { plan: PLAN, place, trouble },
});
const over = (outcome: 'completed' | 'failed' | 'cancelled'): PlanEvent => ({ type: 'ExtensionPlanEnded', data: { plan: PLAN, outcome } });
const complete = (place: number): PlanCommand => ({ type: 'CompletePlanStep', data: { plan: PLAN, place } });
const fail = (place: number): PlanCommand => ({
  type: 'FailPlanStep',
  data: { plan: PLAN, place, code: 'EXTENSION_UNHEALTHY', reason: 'no' },
});
const cancel: PlanCommand = { type: 'CancelPlan', data: { plan: PLAN } };

describe('executing a plan', () => {
  it('begins with its first step', () => {
    const events = planDecider.decide(execute(), planDecider.initialState, { commandId: PLAN } as never);
    expect(events).toEqual([started, at(0)]);
  });
  it('is refused when it would be another', () => {
    given([])
      .when(execute({ hash: 'b'.repeat(64), moved: ['acme.core has changed'] }))
      .thenRejected('EXTENSION_PLAN_MOVED');
    given([])
      .when(execute({ obstacle: { code: 'EXTENSION_PLAN_CONFLICT', facts: { explanation: 'x', cures: [] } } }))
      .thenRejected('EXTENSION_PLAN_CONFLICT');
  });
  it('is refused while another is under way', () => {
    given([started, at(0)])
      .when(execute())
      .thenRejected('EXTENSION_PLAN_RUNNING');
    expect(planDecider.decide(execute(), { status: 'idle', last: PLAN }, { commandId: 'next' } as never)).toHaveLength(2);
  });
  it('takes exactly the consent that it asks for', () => {
    const asking = (consented: readonly string[]): PlanCommand =>
      execute({ steps: [{ ...core, consented: [...consented], consent: [{ id: 'kv', reason: 'keeps notes' }] }] });
    given([]).when(asking([])).thenRejected('EXTENSION_CONSENT_REQUIRED');
    given([])
      .when(asking(['kv', 'tcp']))
      .thenRejected('EXTENSION_CONSENT_UNKNOWN');
    given([])
      .when(execute({ strangers: ['acme.other'] }))
      .thenRejected('EXTENSION_PLAN_CONSENT_STRANGE');
  });
  it('takes exactly the consent that each asks for of those that take over as one', () => {
    const member = (extension: string, consented: readonly string[]) => ({
      ...step(extension, { from: '1.0.0', to: '2.0.0' }),
      act: 'upgrade' as const,
      consented: [...consented],
      consent: [{ id: 'kv', reason: 'keeps notes' }],
    });
    const asking = (first: readonly string[], second: readonly string[]): PlanCommand => {
      const members = [member('acme.core', first), member('acme.notes', second)];
      return execute({ steps: [{ ...core, act: 'together', consent: [], members }] });
    };
    given([])
      .when(asking(['kv'], []))
      .thenRejected('EXTENSION_CONSENT_REQUIRED');
    given([])
      .when(asking(['kv'], ['kv', 'tcp']))
      .thenRejected('EXTENSION_CONSENT_UNKNOWN');
    const [, first] = planDecider.decide(asking(['kv'], ['kv']), planDecider.initialState, { commandId: PLAN } as never);
    expect(first).toMatchObject({ data: { step: { act: 'together', members: [{ consented: ['kv'] }, { consented: ['kv'] }] } } });
    expect(JSON.stringify(first)).not.toContain('keeps notes');
  });
  it('of nothing is nothing', () =>
    given([])
      .when(execute({ steps: [] }))
      .thenNothing());
});

describe('a plan under way', () => {
  it('goes from step to step', () => {
    given([started, at(0)])
      .when(complete(0))
      .then([done(0), at(1)]);
    given([started, at(0), done(0), at(1)])
      .when(complete(1))
      .then([done(1), over('completed')]);
  });
  it('does not listen to what is late, or meant for another', () => {
    given([started, at(0), done(0), at(1)])
      .when(complete(0))
      .thenNothing();
    given([started, at(0)])
      .when(complete(1))
      .thenNothing();
    given([started, at(0)])
      .when({ type: 'FailPlanStep', data: { plan: 'other', place: 0, code: 'c', reason: 'r' } })
      .thenNothing();
    given([started, at(0), failed(0), over('failed')])
      .when(complete(0))
      .thenNothing();
  });
  it('is taken back when a step fails, last first', () => {
    given([started, at(0)])
      .when(fail(0))
      .then([failed(0), over('failed')]);
    given([started, at(0), done(0), at(1)])
      .when(fail(1))
      .then([failed(1), undoing(0)]);
    given([started, at(0), done(0), at(1), failed(1), undoing(0)])
      .when(complete(0))
      .then([undone(0), over('failed')]);
    given([started, at(0), done(0), at(1), failed(1), undoing(0)])
      .when(fail(0))
      .then([undone(0, 'no'), over('failed')]);
  });
  it('ends when a step that was done comes undone, with the rest taken back', () => {
    const facts = { plan: PLAN, place: 0, code: 'EXTENSION_PLAN_STEP_LOST', reason: 'no' };
    const lose: PlanCommand = { type: 'LosePlanStep', data: facts };
    const lost: PlanEvent = { type: 'ExtensionPlanStepLost', data: facts };
    given([started, at(0), done(0), at(1)])
      .when(lose)
      .then([lost]);
    given([started, at(0)])
      .when(lose)
      .thenNothing();
    given([started, at(0), done(0), at(1), lost])
      .when(lose)
      .thenNothing();
    given([started, at(0), done(0), at(1), failed(1), undoing(0)])
      .when(lose)
      .thenNothing();
    given([started, at(0), done(0), at(1), done(1), over('completed')])
      .when(lose)
      .thenNothing();
    // What was lost is not taken back again; what is at work is.
    given([started, at(0), done(0), at(1), lost])
      .when(complete(1))
      .then([done(1), undoing(1)]);
    given([started, at(0), done(0), at(1), lost, done(1), undoing(1)])
      .when(complete(1))
      .then([undone(1), over('failed')]);
    given([started, at(0), done(0), at(1), lost])
      .when(fail(1))
      .then([failed(1), over('failed')]);
  });
  it('can be cancelled at any step, and only once', () => {
    given([started, at(0)])
      .when(cancel)
      .then([cancelled]);
    given([started, at(0), cancelled])
      .when(cancel)
      .thenNothing();
    given([started, at(0), done(0), at(1), cancelled])
      .when(complete(1))
      .then([done(1), undoing(1)]);
    given([started, at(0), done(0), at(1), cancelled, done(1), undoing(1)])
      .when(complete(1))
      .then([undone(1), undoing(0)]);
    given([started, at(0), done(0), at(1), cancelled])
      .when(fail(1))
      .then([failed(1), undoing(0)]);
    given([started, at(0), done(0), at(1), failed(1), undoing(0)])
      .when(cancel)
      .thenNothing();
    given([started, at(0), cancelled, failed(0), over('cancelled')])
      .when(cancel)
      .thenNothing();
    given([]).when(cancel).thenRejected('EXTENSION_PLAN_UNKNOWN');
  });
});
