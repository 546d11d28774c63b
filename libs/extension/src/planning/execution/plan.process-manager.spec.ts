import { describe, expect, it } from '@jest/globals';
import { streamId } from '@kari/kernel';
import type { ExtensionEvent } from '../../lifecycle/extension.events.js';
import { recorded } from '../../testing/recorded.js';
import { closed, disabled, enabled, extension, failedAt, installed, removed, TENANT } from '../../testing/stories.js';
import { PLAN_CATEGORY, PLAN_ID, type PlanEvent, type PlanStep } from './plan.events.js';
import { planProcessManager as manager } from './plan.process-manager.js';

const plan = 'plan-1';
const stream = streamId(PLAN_CATEGORY, TENANT, PLAN_ID);
const step = (act: PlanStep['act'], more: Partial<PlanStep> = {}): PlanStep => ({
  act,
  extension,
  from: null,
  to: '1.0.0',
  enabled: true,
  consented: [],
  before: null,
  ...more,
});
const started = (of: PlanStep): PlanEvent => ({ type: 'ExtensionPlanStepStarted', data: { plan, place: 2, step: of } });
const undoing = (of: PlanStep): PlanEvent => ({ type: 'ExtensionPlanUndoStarted', data: { plan, place: 2, step: of } });
const over: PlanEvent = { type: 'ExtensionPlanEnded', data: { plan, outcome: 'completed' } };
const activated: ExtensionEvent = { type: 'ExtensionActivated', data: { extension } };
const deactivated: ExtensionEvent = { type: 'ExtensionDeactivated', data: { extension, trouble: null } };
const threw: ExtensionEvent = { type: 'ExtensionActivationFailed', data: { extension, code: 'SANDBOX_CRASHED', reason: 'it threw' } };

/** What follows from the last of these facts. */
function after(first: PlanEvent, ...facts: readonly (ExtensionEvent | PlanEvent)[]): unknown {
  const events = [first, ...facts].map((event, revision) =>
    event.type.startsWith('ExtensionPlan')
      ? recorded(event as never, stream, revision)
      : recorded(event as ExtensionEvent, undefined, revision),
  );
  const handled = events.filter(({ type }) => manager.handles.includes(type));
  const state = handled.reduce((folded, event) => manager.evolve(folded, event), manager.initialState);
  const [planned] = manager.react(state, handled.at(-1)!);
  return planned?.command ?? null;
}
const complete = { type: 'CompletePlanStep', data: { plan, place: 2 } };
const failing = (code: string) => ({ type: 'FailPlanStep', data: expect.objectContaining({ plan, place: 2, code }) });

describe('a plan waits for its step', () => {
  it('until the install is enabled, or installed where that is all', () => {
    expect(after(started(step('install')), installed)).toBeNull();
    expect(after(started(step('install')), installed, enabled)).toEqual(complete);
    expect(after(started(step('install', { enabled: false })), installed)).toEqual(complete);
  });
  it('and fails with the reason of the install, once that is taken back', () => {
    expect(after(started(step('install')), failedAt('trial'))).toBeNull();
    expect(after(started(step('install')), failedAt('trial'), closed('failed'))).toEqual(failing('EXTENSION_UNHEALTHY'));
    expect(after(started(step('install')), closed('cancelled'))).toEqual(failing('EXTENSION_INSTALL_CANCELLED'));
  });
  it('until hooks have run', () => {
    expect(after(started(step('enable')), enabled)).toBeNull();
    expect(after(started(step('enable')), enabled, activated)).toEqual(complete);
    expect(after(started(step('enable')), enabled, threw)).toEqual(failing('SANDBOX_CRASHED'));
    expect(after(started(step('enable')), disabled)).toEqual(failing('EXTENSION_PLAN_CROSSED'));
    expect(after(started(step('disable', { enabled: false })), disabled)).toBeNull();
    expect(after(started(step('disable', { enabled: false })), disabled, deactivated)).toEqual(complete);
    expect(after(started(step('remove', { enabled: false })), removed)).toEqual(complete);
  });
  it('also on the way back, for the opposite', () => {
    expect(after(undoing(step('install')), removed)).toEqual(complete);
    expect(after(undoing(step('enable')), disabled, deactivated)).toEqual(complete);
    expect(after(undoing(step('disable')), enabled, activated)).toEqual(complete);
    const before = { version: '1.0.0', enabled: false, consented: [], revoked: [] };
    expect(after(undoing(step('remove', { before })), installed)).toEqual(complete);
  });
  it('and listens to nothing else', () => {
    expect(after(started(step('install', { extension: 'acme.other' })), installed, enabled)).toBeNull();
    expect(after(started(step('remove')), over, removed)).toBeNull();
    expect(after(started(step('remove')), activated)).toBeNull();
  });
});

it('one process leads the plans of a tenant', () => expect(manager.processOf(recorded(over as never, stream, 0))).toBe(TENANT));
