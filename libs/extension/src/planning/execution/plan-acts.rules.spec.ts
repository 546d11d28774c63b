import { expect, it } from '@jest/globals';
import { installed, removed } from '../../testing/stories.js';
import { oppositeOf, outcomeOf, runsAfter } from './plan-acts.rules.js';
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

it('every act has its opposite, and the opposite of that is itself', () => {
  for (const act of ['install', 'remove', 'enable', 'disable'] as const) expect(oppositeOf(step(oppositeOf(step(act))))).toBe(act);
});

it('what runs afterwards is what was planned, or what was before', () => {
  expect(runsAfter(step('install'), false)).toBe(true);
  expect(runsAfter(step('install'), true)).toBe(false);
  expect(runsAfter(step('remove', { version: '1.0.0', enabled: true, consented: [], revoked: [] }), true)).toBe(true);
});

it('a fact tells the outcome of the act that it belongs to', () => {
  expect(outcomeOf('install', false, installed, null)).toEqual({ done: true });
  expect(outcomeOf('install', true, installed, null)).toBeNull();
  expect(outcomeOf('remove', false, removed, null)).toEqual({ done: true });
  expect(outcomeOf('remove', false, installed, null)).toBeNull();
});
