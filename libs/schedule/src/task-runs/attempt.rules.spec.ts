import { expect, it } from '@jest/globals';
import { consequenceOf, PATIENCE_MS, type Tried } from './attempt.rules.js';

const NOW = '2026-01-01T00:00:00.000Z';
const at = (milliseconds: number): string => new Date(Date.parse(NOW) + milliseconds).toISOString();
const fresh: Tried = { failures: 0, retries: 3, postponedSince: null };

it('tries again what failed, until its retries are used up', () => {
  for (const code of ['TASK_FAILED', 'SANDBOX_CRASHED', 'SANDBOX_DEADLINE', 'SANDBOX_START_FAILED']) {
    expect(consequenceOf(code, { ...fresh, failures: 2 }, NOW, 0)).toEqual({ kind: 'retry', retryAt: at(4_000) });
    expect(consequenceOf(code, { ...fresh, failures: 3 }, NOW, 0)).toEqual({ kind: 'fail' });
  }
  expect(consequenceOf('TASK_FAILED', { ...fresh, retries: 0 }, NOW, 0)).toEqual({ kind: 'fail' });
});

it('waits for a sandbox that cannot take it now, which costs no attempt, an hour at most', () => {
  for (const code of ['SANDBOX_BUSY', 'SANDBOX_BACKING_OFF', 'SANDBOX_TOO_MANY', 'SANDBOX_STOPPED', 'SANDBOX_HOST_STOPPING']) {
    expect(consequenceOf(code, { ...fresh, failures: 3 }, NOW, 0)).toEqual({ kind: 'postpone', retryAt: at(1_000), since: NOW });
  }
  const since = (milliseconds: number) => consequenceOf('SANDBOX_BUSY', { ...fresh, postponedSince: at(-milliseconds) }, NOW, 0);
  expect(since(5_000)).toEqual({ kind: 'postpone', retryAt: at(5_000), since: at(-5_000) });
  expect(since(PATIENCE_MS - 1)).toEqual({ kind: 'postpone', retryAt: at(30_000), since: at(1 - PATIENCE_MS) });
  expect(since(PATIENCE_MS)).toEqual({ kind: 'refuse' });
});

it('does not try what cannot run before somebody changes something', () => {
  for (const code of ['SANDBOX_NOT_ENABLED', 'SANDBOX_QUARANTINED', 'SANDBOX_LEVEL_TOO_LOW', 'SANDBOX_NO_HANDLER']) {
    expect(consequenceOf(code, fresh, NOW, 0)).toEqual({ kind: 'refuse' });
  }
});
