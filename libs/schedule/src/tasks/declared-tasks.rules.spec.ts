import { expect, it } from '@jest/globals';
import type { ManifestTask } from '@kari/protocol/manifest';
import { declaredTasks, timingOf } from './declared-tasks.rules.js';

const NOW = '2026-01-01T00:00:00.000Z';
const of = (task: Omit<ManifestTask, 'description'>) =>
  declaredTasks({ id: 'acme.notes', tasks: { sync: { description: 'Brings notes.', ...task } } }, NOW).get('acme.notes/sync');

it('names each task after its extension, and fills in what the manifest leaves out', () => {
  expect(of({})).toEqual({
    description: 'Brings notes.',
    trigger: { kind: 'manual' },
    terms: { deadlineMs: null, retries: 3, overlap: 'skip' },
    missed: 'one',
    takesInput: false,
    right: null,
    fault: null,
  });
  expect(declaredTasks({ id: 'acme.notes' }, NOW).size).toBe(0);
});

it('reads what the manifest says, in the words of the scheduler', () => {
  const all = { cron: '30 2 * * 1', timeZone: 'Europe/Helsinki', deadline: 'PT1M30S', retries: 0, right: 'acme.notes:notes.sync' } as const;
  expect(of({ ...all, overlap: 'cancel-running', missed: 'run-all', input: { type: 'object' } })).toMatchObject({
    trigger: { kind: 'cron', cron: '30 2 * * 1', timeZone: 'Europe/Helsinki' },
    terms: { deadlineMs: 90_000, retries: 0, overlap: 'cancel-previous' },
    missed: 'all',
    takesInput: true,
    right: 'acme.notes:notes.sync',
    fault: null,
  });
  expect(of({ every: 'PT15M', overlap: 'queue', missed: 'skip' })).toMatchObject({
    trigger: { kind: 'every', milliseconds: 900_000 },
    terms: { overlap: 'queue' },
    missed: 'skip',
  });
  expect(of({ on: 'acme.shop.paid.v1' })?.trigger).toEqual({ kind: 'event', type: 'acme.shop.paid.v1' });
});

it('says of a clock that the scheduler cannot keep why that is so', () => {
  expect(of({ cron: '0 30 2 * * 1' })?.fault).toMatch(/field/);
  expect(of({ cron: '0 0 30 2 *' })?.fault).not.toBeNull();
});

it('hands on to the scheduler what a clock starts, and nothing else', () => {
  expect(timingOf({ kind: 'every', milliseconds: 1_000 })).toEqual({ every: 1_000 });
  expect(timingOf({ kind: 'cron', cron: '* * * * *', timeZone: 'UTC' })).toEqual({ cron: '* * * * *', timeZone: 'UTC' });
  expect([timingOf({ kind: 'manual' }), timingOf({ kind: 'event', type: 't' })]).toEqual([null, null]);
});
