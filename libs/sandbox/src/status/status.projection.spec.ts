import { expect, it } from '@jest/globals';
import { streamId, type RecordedEvent } from '@kari/kernel';
import type { SandboxEvent } from '../supervision/supervisor.events.js';
import { statusProjection, type StatusRow } from './status.projection.js';

const tenant = '00000000-0000-7000-8000-00000000000a';
const extension = 'acme.notes';

function folded(...events: readonly SandboxEvent[]): StatusRow | null {
  return events
    .map((event, index) => ({
      ...event,
      stream: streamId('sandbox.process', tenant, extension),
      meta: { tenant, occurredAt: `2026-01-01T00:00:0${index}.000Z` },
    }))
    .reduce<StatusRow | null>((row, event) => statusProjection.evolve(row, event as unknown as RecordedEvent), null);
}

const started: SandboxEvent = {
  type: 'SandboxStarted',
  data: { extension, version: '1.0.0', bundleHash: 'h', process: 'p', level: 'L2', replaces: null },
};
const ready: SandboxEvent = { type: 'SandboxReady', data: { extension, process: 'p', startMilliseconds: 1 } };
const crashed: SandboxEvent = {
  type: 'SandboxCrashed',
  data: {
    extension,
    process: 'p',
    exit: { kind: 'heap', code: 133, signal: null, detail: 'its heap was full' },
    aliveMilliseconds: 1,
    retryAfterMilliseconds: 1,
    recentCrashes: [],
    consecutive: 1,
    stillServing: null,
  },
};

it('shows the last step of each sandbox, and how often it started and crashed', () => {
  expect(folded(started, ready, crashed, started, ready)).toEqual({
    tenant,
    extension,
    version: '1.0.0',
    state: 'ready',
    reason: 'serving',
    level: 'L2',
    starts: 2,
    crashes: 1,
    since: '2026-01-01T00:00:04.000Z',
  });
});

it.each<[string, SandboxEvent, Partial<StatusRow>]>([
  ['a crash', crashed, { state: 'backing-off', reason: 'its heap was full', level: null }],
  ['an idle stop', { type: 'SandboxStopped', data: { extension, process: 'p', kind: 'idle', reason: 'unused' } }, { state: 'idle' }],
  [
    'a stop on purpose',
    { type: 'SandboxStopped', data: { extension, process: 'p', kind: 'tenant', reason: 'suspended' } },
    { state: 'stopped' },
  ],
  [
    'quarantine',
    { type: 'SandboxQuarantined', data: { extension, version: '1', bundleHash: 'h', cause: 'crash-loop', reason: 'five' } },
    { state: 'quarantined', reason: 'five' },
  ],
  ['a release', { type: 'SandboxReleased', data: { extension, by: 'operator', trialUntil: 'x' } }, { state: 'idle' }],
  [
    'a block',
    { type: 'SandboxBlocked', data: { extension, version: '2.0.0', reason: 'sandbox-level' } },
    { state: 'blocked', version: '2.0.0' },
  ],
])('shows %s', (_, event, expected) => {
  expect(folded(started, ready, event)).toMatchObject(expected);
});
