import { describe, expect, it } from '@jest/globals';
import type { ExtensionEvent } from '../../lifecycle/extension.events.js';
import type { ExtensionState } from '../../lifecycle/extension-state.rules.js';
import { closed, extension, found, installed, INSTALL, removed } from '../../testing/stories.js';
import { cancelledUpgrade, failedUpgrade, heldFor, NEWER, rolledBackTo, switched, undoneUpgrade } from '../../testing/upgrade-stories.js';
import { actOf, failureOf, mayRollBack, oppositeOf, outcomeOf, runsAfter, versionAfter } from './plan-acts.rules.js';
import type { PlanStep } from './plan.events.js';

const step = (act: PlanStep['act'], before: PlanStep['before'] = null): PlanStep => ({
  act,
  extension: 'acme.notes',
  from: null,
  to: '1.0.0',
  enabled: true,
  consented: [],
  before,
});

const before = { version: '1.0.0', enabled: true, consented: [], revoked: [] };
const upgrade: PlanStep = { ...step('upgrade', before), from: '1.0.0', to: NEWER };

it('every act has its opposite, and the opposite of that is itself', () => {
  for (const act of ['install', 'remove', 'enable', 'disable'] as const)
    expect(oppositeOf(step(oppositeOf(step(act)) as PlanStep['act']))).toBe(act);
  expect([actOf(upgrade, false), actOf(upgrade, true)]).toEqual(['upgrade', 'roll-back']);
  expect([actOf(step('together'), false), actOf(step('together'), true)]).toEqual(['together', 'together']);
});

it('what is there afterwards is what was planned, or what was before', () => {
  expect(runsAfter(step('install'), false)).toBe(true);
  expect(runsAfter(step('install'), true)).toBe(false);
  expect(runsAfter(step('remove', before), true)).toBe(true);
  expect([versionAfter(upgrade, false), versionAfter(upgrade, true), versionAfter(step('install'), true)]).toEqual([NEWER, '1.0.0', null]);
});

it('a fact tells the outcome of the act that it belongs to', () => {
  expect(outcomeOf(step('install'), false, installed, null)).toBeNull();
  expect(outcomeOf({ ...step('install'), enabled: false }, false, installed, null)).toEqual({ done: true });
  expect(outcomeOf(step('install'), false, closed('cancelled'), null)).toMatchObject({ code: 'EXTENSION_INSTALL_CANCELLED' });
  expect(outcomeOf(step('remove'), false, removed, null)).toEqual({ done: true });
  expect(outcomeOf(step('remove'), false, installed, null)).toBeNull();
  expect(outcomeOf(step('together'), false, switched(), null)).toBeNull();
});

describe('an upgrade', () => {
  const other = (event: ExtensionEvent): ExtensionEvent => ({ ...event, data: { ...event.data, version: '9.0.0' } }) as ExtensionEvent;
  it('is over with the switch, or when it is taken back', () => {
    expect(outcomeOf(upgrade, false, switched(), null)).toEqual({ done: true });
    expect(outcomeOf(upgrade, false, other(switched()), null)).toMatchObject({ done: false, code: 'EXTENSION_PLAN_CROSSED' });
    for (const early of [heldFor([]), failedUpgrade('trial'), cancelledUpgrade('trial')])
      expect(outcomeOf(upgrade, false, early, null)).toBeNull();
    expect(outcomeOf(upgrade, false, undoneUpgrade('cancelled'), null)).toMatchObject({ done: false, code: 'EXTENSION_UPGRADE_CANCELLED' });
    const failure = { code: 'EXTENSION_UNHEALTHY', reason: 'it says so' };
    expect(outcomeOf(upgrade, false, undoneUpgrade('failed'), failure)).toEqual({ done: false, ...failure });
  });
  it('tells why it comes to nothing before it is taken back, and who holds it', () => {
    expect(failureOf(upgrade, failedUpgrade('trial'))).toEqual({ code: 'EXTENSION_UNHEALTHY', reason: 'it says so' });
    const held = failureOf(upgrade, heldFor([{ id: 'acme.report', reason: 'it reads note.read ^1.0.0.' }], 'contract'));
    expect(held?.code).toBe('EXTENSION_PLAN_HELD');
    expect(held?.reason).toContain('acme.report (it reads note.read ^1.0.0.)');
    expect(failureOf(upgrade, switched())).toBeNull();
  });
  it('is taken back to the version before, and to no other', () => {
    expect(outcomeOf(upgrade, true, rolledBackTo(), null)).toEqual({ done: true });
    expect(outcomeOf(upgrade, true, other(rolledBackTo()), null)).toMatchObject({ done: false, code: 'EXTENSION_PLAN_CROSSED' });
    expect(outcomeOf(upgrade, true, switched(), null)).toBeNull();
  });
  it('is taken back only from where it led', () => {
    const former = { version: '1.0.0', bundleHash: found.bundleHash, grants: [], resourceClass: 'S' as const };
    const stands = (version: string, formers = [former]): ExtensionState => ({
      status: 'enabled',
      extension,
      version,
      bundleHash: found.bundleHash,
      grants: [],
      resourceClass: 'S',
      origin: 'tenant',
      withdrawn: false,
      upgrade: null,
      formers,
      trial: null,
      discarded: [],
      activation: { phase: 'settled', occasion: INSTALL, failure: null },
    });
    expect(mayRollBack(upgrade, stands(NEWER))).toBe(true);
    expect(mayRollBack(upgrade, stands('1.0.0'))).toBe(false);
    expect(mayRollBack(upgrade, stands('3.0.0', [{ ...former, version: NEWER }, former]))).toBe(false);
    expect(mayRollBack(upgrade, stands(NEWER, []))).toBe(false);
    expect(mayRollBack(upgrade, { status: 'removed' })).toBe(false);
    expect(mayRollBack({ ...upgrade, before: null }, stands(NEWER))).toBe(false);
  });
});
