import { describe, expect, it } from '@jest/globals';
import { streamId } from '@kari/kernel';
import type { ExtensionEvent } from '../../lifecycle/extension.events.js';
import { recorded } from '../../testing/recorded.js';
import { closed, disabled, enabled, extension, failedAt, installed, removed, TENANT } from '../../testing/stories.js';
import { cancelledUpgrade, failedUpgrade, heldFor, NEWER, rolledBackTo, switched, undoneUpgrade } from '../../testing/upgrade-stories.js';
import { groupOf } from '../../together/group.events.js';
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
const before = { version: '1.0.0', enabled: true, consented: [], revoked: [] };
const upgrade = step('upgrade', { from: '1.0.0', to: NEWER, before });
const finished: PlanEvent = { type: 'ExtensionPlanStepCompleted', data: { plan, place: 2 } };
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
  it('until the upgrade has switched, or is taken back with its reason', () => {
    expect(after(started(upgrade), switched())).toEqual(complete);
    expect(after(started(upgrade), failedUpgrade('trial'))).toBeNull();
    expect(after(started(upgrade), failedUpgrade('trial'), undoneUpgrade('failed'))).toEqual(failing('EXTENSION_UNHEALTHY'));
    expect(after(started(upgrade), cancelledUpgrade('trial'), undoneUpgrade('cancelled'))).toEqual(failing('EXTENSION_UPGRADE_CANCELLED'));
    const held = heldFor([{ id: 'acme.report', reason: 'it would break' }], 'contract');
    expect(after(started(upgrade), held)).toBeNull();
    expect(after(started(upgrade), held, cancelledUpgrade(null), undoneUpgrade('cancelled'))).toEqual({
      type: 'FailPlanStep',
      data: { plan, place: 2, code: 'EXTENSION_PLAN_HELD', reason: expect.stringContaining('acme.report (it would break)') },
    });
  });
  it('also on the way back, for the opposite', () => {
    expect(after(undoing(step('install')), removed)).toEqual(complete);
    expect(after(undoing(step('enable')), disabled, deactivated)).toEqual(complete);
    expect(after(undoing(step('disable')), enabled, activated)).toEqual(complete);
    const resting = { ...before, enabled: false };
    expect(after(undoing(step('remove', { before: resting })), installed)).toEqual(complete);
    expect(after(undoing(upgrade), rolledBackTo())).toEqual(complete);
    expect(after(undoing(upgrade), rolledBackTo({ version: '0.9.0' }))).toEqual(failing('EXTENSION_PLAN_CROSSED'));
  });
  it('and listens to nothing else', () => {
    expect(after(started(step('install', { extension: 'acme.other' })), installed, enabled)).toBeNull();
    expect(after(started(step('remove')), over, removed)).toBeNull();
    expect(after(started(step('remove')), activated)).toBeNull();
  });
});

describe('an upgrade that is done', () => {
  const fell = rolledBackTo({ cause: 'health', reason: 'it lost its notes' });
  const next: PlanEvent = {
    type: 'ExtensionPlanStepStarted',
    data: { plan, place: 3, step: step('install', { extension: 'acme.other' }) },
  };
  const lost = {
    type: 'LosePlanStep',
    data: { plan, place: 2, code: 'EXTENSION_PLAN_STEP_LOST', reason: expect.stringContaining('it lost its notes') },
  };
  it('and is taken back on its trial fails the plan, whatever that is at', () => {
    expect(after(started(upgrade), switched(), finished, next, fell)).toEqual(lost);
  });
  it('also before the word that it was done is heard here', () => expect(after(started(upgrade), switched(), fell)).toEqual(lost));
  it('is no concern of another version, of the way back, or once the plan is over', () => {
    expect(after(started(upgrade), switched(), finished, next, rolledBackTo({ from: '9.0.0' }))).toBeNull();
    expect(after(started(upgrade), switched(), finished, undoing(step('enable', { extension: 'acme.other' })), fell)).toBeNull();
    expect(after(started(upgrade), switched(), finished, over, fell)).toBeNull();
  });
});

describe('upgrades that take over as one', () => {
  const member = { ...upgrade, act: 'upgrade' as const };
  const together = step('together', { from: '1.0.0', to: NEWER, members: [member, { ...member, extension: 'acme.core' }] });
  const group = groupOf(plan, 2);
  it('are waited for by the process of their group', () => {
    expect(after(started(together), switched())).toBeNull();
    expect(after(started(together), failedUpgrade('trial'), undoneUpgrade('failed'))).toBeNull();
    expect(after(undoing(together), rolledBackTo({ group }))).toBeNull();
  });
  it('fail the plan when they go back together on their trial', () => {
    const lost = { type: 'LosePlanStep', data: expect.objectContaining({ plan, place: 2, code: 'EXTENSION_PLAN_STEP_LOST' }) };
    expect(after(started(together), finished, rolledBackTo({ group }))).toEqual(lost);
    expect(after(started(together), finished, rolledBackTo())).toBeNull();
    expect(after(started(together), finished, rolledBackTo({ group: groupOf('another', 2) }))).toBeNull();
  });
});

it('one process leads the plans of a tenant', () => expect(manager.processOf(recorded(over as never, stream, 0))).toBe(TENANT));
