import { expect, it } from '@jest/globals';
import type { WorkflowDocument } from '../definition/document.js';
import { canSleep } from './sleep.rules.js';
import { documentOf, PlayingRun } from './testing/playing-run.js';

const stateOf = (...tasks: WorkflowDocument['do']) => new PlayingRun(documentOf(tasks)).state;
const NOW = Date.parse('2026-01-01T00:00:00.000Z');
const sleeps = (...tasks: WorkflowDocument['do']): boolean => canSleep(stateOf(...tasks), NOW, 30_000);

it('lets a run sleep that waits for a time far off, for people or for an event', () => {
  expect(sleeps({ w: { wait: { hours: 1 } } })).toBe(true);
  expect(sleeps({ ask: { call: 'approval.request@1', with: { title: 'May it?' } } })).toBe(true);
  expect(sleeps({ l: { listen: { to: { one: { with: { type: 'a.b' } } } } } })).toBe(true);
});

it('keeps a run awake that has something to do, or will soon', () => {
  expect(sleeps({ w: { wait: { seconds: 29 } } })).toBe(false);
  expect(sleeps({ a: { call: 'a.b@1' } })).toBe(false);
  expect(sleeps({ both: { fork: { branches: [{ w: { wait: { hours: 1 } } }, { a: { call: 'a.b@1' } }] } } })).toBe(false);
  expect(sleeps({ child: { run: { workflow: { namespace: 'n', name: 'c', version: '1' } } } })).toBe(false);
  expect(sleeps({ s: { set: { done: true } } })).toBe(false);
});
