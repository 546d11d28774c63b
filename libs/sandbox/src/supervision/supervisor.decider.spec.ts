import { describe, expect, it } from '@jest/globals';
import { fold } from '@kari/kernel';
import { specify } from '@kari/kernel/testing';
import type { SupervisorCommand } from './supervisor.commands.js';
import { circuit, supervisorDecider } from './supervisor.decider.js';
import type { SandboxCrashed, SandboxEvent, SandboxStarted } from './supervisor.events.js';

const { given } = specify(supervisorDecider);
const extension = 'acme.notes';
const now = '2026-01-01T00:00:00.000Z';
const later = (milliseconds: number) => new Date(Date.parse(now) + milliseconds).toISOString();

const start = (process: string, over: Partial<SandboxStarted['data']> = {}): Extract<SupervisorCommand, { type: 'StartSandbox' }> => ({
  type: 'StartSandbox',
  data: { extension, version: '1.0.0', bundleHash: 'h1', process, level: 'L2', replaces: null, ...over },
});
const started = (process: string, over: Partial<SandboxStarted['data']> = {}): SandboxEvent => ({
  type: 'SandboxStarted',
  data: start(process, over).data,
});
const ready = (process: string): SandboxEvent => ({ type: 'SandboxReady', data: { extension, process, startMilliseconds: 40 } });
const exit = { kind: 'exited', code: 1, signal: null, detail: 'it ended by itself' };
const crash = (process: string, aliveMilliseconds = 1000): SupervisorCommand => ({
  type: 'ReportSandboxCrash',
  data: { extension, process, exit, aliveMilliseconds, retryAfterMilliseconds: 500 },
});
const crashed = (
  process: string,
  recentCrashes: readonly string[],
  consecutive: number,
  stillServing: string | null = null,
): SandboxCrashed => ({
  type: 'SandboxCrashed',
  data: {
    extension,
    process,
    exit,
    aliveMilliseconds: 1000,
    retryAfterMilliseconds: 500,
    recentCrashes: [...recentCrashes],
    consecutive,
    stillServing,
  },
});
const quarantined = (cause: 'crash-loop' | 'trial-failed' | 'bundle-changed', reason: string): SandboxEvent => ({
  type: 'SandboxQuarantined',
  data: { extension, version: '1.0.0', bundleHash: 'h1', cause, reason },
});
const released = (by: 'operator' | 'new-version'): SandboxEvent => ({
  type: 'SandboxReleased',
  data: { extension, by, trialUntil: later(circuit.trialMilliseconds) },
});
const idled = (process: string): SandboxEvent => ({
  type: 'SandboxStopped',
  data: { extension, process, kind: 'idle', reason: 'unused' },
});
const lasting = (aliveMilliseconds: number, event: SandboxCrashed): SandboxCrashed => ({
  ...event,
  data: { ...event.data, aliveMilliseconds },
});
const release: SupervisorCommand = { type: 'ReleaseSandbox', data: { extension } };

describe('starting', () => {
  it('is recorded, and so is that it became ready', () => {
    given([])
      .when(start('p1'))
      .then([started('p1')]);
    given([started('p1')])
      .when({ type: 'ReportSandboxReady', data: { extension, process: 'p1', startMilliseconds: 40 } })
      .then([ready('p1')]);
  });

  it('twice for the same process changes nothing', () =>
    given([started('p1')])
      .when(start('p1'))
      .thenNothing());

  it('ignores the report of a process that is not the current one', () => {
    given([started('p1')])
      .when({ type: 'ReportSandboxReady', data: { extension, process: 'p0', startMilliseconds: 1 } })
      .thenNothing();
    given([started('p1'), ready('p1')])
      .when(crash('p0'))
      .thenNothing();
    given([]).when(crash('p1')).thenNothing();
  });

  it('writes off a process whose host died without a word', () =>
    given([started('p1'), ready('p1')])
      .when(start('p2'))
      .then([
        { type: 'SandboxStopped', data: { extension, process: 'p1', kind: 'host-ended', reason: 'the host that ran it has ended' } },
        started('p2'),
      ]));
});

describe('a replacement', () => {
  const serving = [started('p1'), ready('p1')];
  const replacing = started('p2', { version: '2.0.0', bundleHash: 'h2', replaces: 'p1' });

  it('starts beside the version that serves', () =>
    given(serving)
      .when(start('p2', { version: '2.0.0', bundleHash: 'h2', replaces: 'p1' }))
      .then([replacing]));

  it('that will not start leaves the old version serving, and opens no circuit', () => {
    given([...serving, replacing])
      .when(crash('p2'))
      .then([crashed('p2', [now], 1, 'p1')]);
    const state = fold(supervisorDecider, supervisorDecider.initialState, [...serving, replacing, crashed('p2', [now], 1, 'p1')]);
    expect(state).toMatchObject({ status: 'ready', process: 'p1' });
  });
});

describe('the circuit', () => {
  const four = [later(-540_000), later(-300_000), later(-200_000), later(-1000)];

  it('stays closed for four crashes in ten minutes', () =>
    given([started('p1'), crashed('p1', four.slice(0, 3), 3), started('p2')])
      .when(crash('p2'))
      .then([crashed('p2', [...four.slice(0, 3), now], 4)]));

  it('opens at the fifth', () =>
    given([started('p1'), crashed('p1', four, 4), started('p2')])
      .when(crash('p2'))
      .then([
        crashed('p2', [...four, now], 5),
        quarantined('crash-loop', 'it crashed 5 times in ten minutes, last because it ended by itself'),
      ]));

  it('forgets crashes older than ten minutes', () =>
    given([started('p1'), crashed('p1', [later(-600_000), ...four.slice(1)], 4), started('p2')])
      .when(crash('p2'))
      .then([crashed('p2', [...four.slice(1), now], 5)]));

  it('counts anew after a long healthy run', () =>
    given([started('p1'), crashed('p1', [], 6), started('p2')])
      .when(crash('p2', circuit.windowMilliseconds))
      .then([lasting(circuit.windowMilliseconds, crashed('p2', [now], 1))]));
});

describe('quarantine', () => {
  const inside = [started('p1'), quarantined('crash-loop', 'five crashes')];

  it('refuses the same code', () => given(inside).when(start('p2')).thenRejected('SANDBOX_QUARANTINED'));

  it('is left by a new version, on trial', () =>
    given(inside)
      .when(start('p2', { bundleHash: 'h2' }))
      .then([released('new-version'), started('p2', { bundleHash: 'h2' })]));

  it('is left by an operator, on trial', () =>
    given(inside)
      .when(release)
      .then([released('operator')]));

  it('cannot be left twice', () =>
    given([...inside, released('operator')])
      .when(release)
      .thenRejected('SANDBOX_NOT_QUARANTINED'));

  it('takes back at once who crashes on trial', () =>
    given([...inside, released('operator'), started('p2'), ready('p2')])
      .when(crash('p2'))
      .then([crashed('p2', [now], 1), quarantined('trial-failed', 'it crashed again after its release: it ended by itself')]));

  it('takes back the first start after a release however late it comes: that one is the trial', () => {
    const late = later(circuit.trialMilliseconds + 3_600_000);
    given([...inside, released('operator'), started('p2'), ready('p2')])
      .when(crash('p2', circuit.trialMilliseconds - 1), { now: late })
      .then([
        lasting(circuit.trialMilliseconds - 1, crashed('p2', [late], 1)),
        quarantined('trial-failed', 'it crashed again after its release: it ended by itself'),
      ]);
  });

  it('treats a crash after the trial like any other', () => {
    const after = later(circuit.trialMilliseconds);
    given([...inside, released('operator'), started('p2'), ready('p2')])
      .when(crash('p2', circuit.trialMilliseconds), { now: after })
      .then([lasting(circuit.trialMilliseconds, crashed('p2', [after], 1))]);
    given([...inside, released('operator'), started('p2'), ready('p2'), idled('p2'), started('p3')])
      .when(crash('p3'), { now: after })
      .then([crashed('p3', [after], 1)]);
    given([...inside, released('operator'), started('p2'), ready('p2'), idled('p2'), started('p3')])
      .when(crash('p3'), { now: later(circuit.trialMilliseconds - 1) })
      .then([
        crashed('p3', [later(circuit.trialMilliseconds - 1)], 1),
        quarantined('trial-failed', 'it crashed again after its release: it ended by itself'),
      ]);
  });

  it('is entered at once when the bundle has changed, and once only', () => {
    const wish: SupervisorCommand = {
      type: 'QuarantineSandbox',
      data: { extension, version: '1.0.0', bundleHash: 'h1', cause: 'bundle-changed', reason: 'other bytes' },
    };
    given([started('p1')])
      .when(wish)
      .then([quarantined('bundle-changed', 'other bytes')]);
    given([started('p1'), quarantined('bundle-changed', 'other bytes')])
      .when(wish)
      .thenNothing();
  });

  it('is not ended by a restart', () =>
    given(inside).when({ type: 'RestartSandbox', data: { extension } }).thenRejected('SANDBOX_QUARANTINED'));
});

describe('blocking', () => {
  const block: SupervisorCommand = { type: 'BlockSandbox', data: { extension, version: '1.0.0', reason: 'sandbox-level: no' } };
  const blocked: SandboxEvent = { type: 'SandboxBlocked', data: { extension, version: '1.0.0', reason: 'sandbox-level: no' } };

  it('is said once for one reason and version', () => {
    given([]).when(block).then([blocked]);
    given([blocked]).when(block).thenNothing();
  });

  it('is no obstacle once the reason is gone', () =>
    given([blocked])
      .when(start('p1'))
      .then([started('p1')]));
});

describe('stopping and restarting', () => {
  it('records why, and whether that is healthy', () => {
    const stop = (kind: 'idle' | 'disabled'): SupervisorCommand => ({
      type: 'ReportSandboxStopped',
      data: { extension, process: 'p1', kind, reason: 'x' },
    });
    for (const [kind, status] of [
      ['idle', 'idle'],
      ['disabled', 'stopped'],
    ] as const) {
      const event: SandboxEvent = { type: 'SandboxStopped', data: { extension, process: 'p1', kind, reason: 'x' } };
      given([started('p1'), ready('p1')])
        .when(stop(kind))
        .then([event]);
      expect(fold(supervisorDecider, supervisorDecider.initialState, [started('p1'), event])).toMatchObject({ status });
      given([started('p1'), event])
        .when(stop(kind))
        .thenNothing();
    }
  });

  it('a restart is asked for by an operator, of something that was ever started', () => {
    const restart: SupervisorCommand = { type: 'RestartSandbox', data: { extension } };
    given([]).when(restart).thenRejected('SANDBOX_NEVER_STARTED');
    given([started('p1'), ready('p1')])
      .when(restart)
      .then([{ type: 'SandboxRestartRequested', data: { extension, process: 'p1' } }]);
  });
});
