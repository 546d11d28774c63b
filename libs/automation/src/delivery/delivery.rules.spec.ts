import { describe, expect, it } from '@jest/globals';
import { consequenceOf, MOST_FAILURES } from './delivery.rules.js';

const fresh = { failures: 0, crashes: 0, waits: 0 };

describe('a failed delivery', () => {
  it('that crashed three sandboxes is parked', () => {
    expect(consequenceOf('SANDBOX_CRASHED', fresh, 0)).toEqual({ kind: 'again', counts: { ...fresh, crashes: 1 }, afterMs: 1_000 });
    expect(consequenceOf('SANDBOX_CRASHED', { ...fresh, crashes: 2 }, 0)).toEqual({ kind: 'park', counts: { ...fresh, crashes: 3 } });
  });

  it('that the handler refuses is tried again with growing pauses, then parked', () => {
    expect(consequenceOf('PLUGIN_FAILED', { ...fresh, failures: 3 }, 0)).toMatchObject({ kind: 'again', afterMs: 8_000 });
    expect(consequenceOf('PLUGIN_FAILED', { ...fresh, failures: 3 }, 0.999_999)).toMatchObject({ afterMs: 4_000 });
    expect(consequenceOf('SANDBOX_DEADLINE', { ...fresh, failures: MOST_FAILURES - 1 }, 0)).toMatchObject({ kind: 'park' });
  });

  it.each(['WORKFLOW_EXPRESSION_FAILED', 'AUTOMATION_LOOP', 'TASK_INPUT_INVALID', 'TASK_RIGHT_NEEDED'])(
    'that would be refused again (%s) is parked at once',
    (code) => {
      expect(consequenceOf(code, fresh, 0)).toMatchObject({ kind: 'park' });
    },
  );

  it.each([
    'SANDBOX_QUARANTINED',
    'SANDBOX_BACKING_OFF',
    'SANDBOX_STOPPED',
    'SANDBOX_BUSY',
    'SANDBOX_NOT_ENABLED',
    'SANDBOX_TENANT_INACTIVE',
    'REQUEST_UNAVAILABLE',
    'EXTENSION_SNAPSHOT_STALE',
  ])('that never reached a handler (%s) waits, however often', (code) => {
    const long = { failures: 7, crashes: 2, waits: 1_000 };
    expect(consequenceOf(code, long, 0)).toEqual({ kind: 'again', counts: { ...long, waits: 1_001 }, afterMs: 30_000 });
  });
});
