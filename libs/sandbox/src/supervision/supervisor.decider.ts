// Decides the life of one sandbox: started, ready, crashed, stopped, quarantined, released, blocked. Holds the circuit: five crashes in ten
// minutes, or one while on trial, put it into quarantine until an operator or a new version lets it out.
import { rejected, type CommandMetadata, type Decider } from '@kari/kernel';
import type { SupervisorCommand } from './supervisor.commands.js';
import type { SandboxCrashed, SandboxEvent, SandboxStarted, StopKind } from './supervisor.events.js';

export const circuit = { crashes: 5, windowMilliseconds: 10 * 60_000, trialMilliseconds: 10 * 60_000 } as const;

/** What outlives a single process. */
interface Record {
  readonly version: string;
  readonly bundleHash: string;
  readonly recentCrashes: readonly string[];
  readonly consecutive: number;
  readonly trialUntil: string | null;
  /** Processes started since the last release, which puts the first of them on trial whenever it comes. */
  readonly startsOnTrial: number;
  /** Processes started so far, the first included. */
  readonly starts: number;
}

export type SupervisorState =
  | { readonly status: 'none'; readonly record: Record }
  | {
      readonly status: 'starting';
      readonly record: Record;
      readonly process: string;
      readonly level: string;
      readonly replaces: string | null;
    }
  | { readonly status: 'ready'; readonly record: Record; readonly process: string; readonly level: string }
  | { readonly status: 'idle' | 'stopped'; readonly record: Record; readonly reason: string }
  | { readonly status: 'crashed'; readonly record: Record; readonly reason: string; readonly retryAfterMilliseconds: number }
  | { readonly status: 'quarantined'; readonly record: Record; readonly reason: string; readonly bundleHash: string }
  | { readonly status: 'blocked'; readonly record: Record; readonly reason: string; readonly version: string };

const nothingYet: Record = {
  version: '',
  bundleHash: '',
  recentCrashes: [],
  consecutive: 0,
  trialUntil: null,
  startsOnTrial: 0,
  starts: 0,
};

export const supervisorDecider: Decider<SupervisorCommand, SandboxEvent, SupervisorState> = {
  decide(command, state, metadata) {
    switch (command.type) {
      case 'StartSandbox':
        return start(command.data, state, metadata);
      case 'ReportSandboxReady':
        if (state.status !== 'starting' || state.process !== command.data.process) return [];
        return [{ type: 'SandboxReady', data: command.data }];
      case 'ReportSandboxCrash':
        return crash(command.data, state, metadata);
      case 'ReportSandboxStopped':
        if ((state.status !== 'ready' && state.status !== 'starting') || state.process !== command.data.process) return [];
        return [{ type: 'SandboxStopped', data: command.data }];
      case 'QuarantineSandbox':
        if (state.status === 'quarantined' && state.bundleHash === command.data.bundleHash) return [];
        return [{ type: 'SandboxQuarantined', data: command.data }];
      case 'BlockSandbox':
        if (state.status === 'quarantined') return [];
        if (state.status === 'blocked' && state.reason === command.data.reason && state.version === command.data.version) return [];
        return [{ type: 'SandboxBlocked', data: command.data }];
      case 'RestartSandbox':
        if (state.status === 'none') throw rejected('SANDBOX_NEVER_STARTED', { extension: command.data.extension });
        if (state.status === 'quarantined') throw quarantined(command.data.extension, state.reason);
        return [
          {
            type: 'SandboxRestartRequested',
            data: { extension: command.data.extension, process: 'process' in state ? state.process : null },
          },
        ];
      case 'ReleaseSandbox':
        if (state.status !== 'quarantined') {
          throw rejected('SANDBOX_NOT_QUARANTINED', { extension: command.data.extension, status: state.status });
        }
        return [released(command.data.extension, 'operator', metadata)];
    }
  },

  evolve(state, event) {
    const { record } = state;
    switch (event.type) {
      case 'SandboxStarted': {
        const { version, bundleHash, process, level, replaces } = event.data;
        const counted = { starts: record.starts + 1, startsOnTrial: record.startsOnTrial + 1 };
        return { status: 'starting', record: { ...record, version, bundleHash, ...counted }, process, level, replaces };
      }
      case 'SandboxReady':
        return { status: 'ready', record, process: event.data.process, level: 'level' in state ? state.level : '' };
      case 'SandboxCrashed': {
        const { recentCrashes, consecutive, exit, retryAfterMilliseconds, stillServing } = event.data;
        const after = { ...record, recentCrashes, consecutive };
        if (stillServing !== null)
          return { status: 'ready', record: after, process: stillServing, level: 'level' in state ? state.level : '' };
        return { status: 'crashed', record: after, reason: exit.detail, retryAfterMilliseconds };
      }
      case 'SandboxStopped':
        return { status: isHealthy(event.data.kind) ? 'idle' : 'stopped', record, reason: event.data.reason };
      case 'SandboxQuarantined':
        return { status: 'quarantined', record, reason: event.data.reason, bundleHash: event.data.bundleHash };
      case 'SandboxReleased':
        return {
          status: 'idle',
          record: { ...record, recentCrashes: [], consecutive: 0, trialUntil: event.data.trialUntil, startsOnTrial: 0 },
          reason: event.data.by === 'operator' ? 'released by an operator; the next start is a trial' : 'a new version is on trial',
        };
      case 'SandboxBlocked':
        return { status: 'blocked', record, reason: event.data.reason, version: event.data.version };
      case 'SandboxRestartRequested':
        return state;
    }
  },

  initialState: { status: 'none', record: nothingYet },
};

/** Whether a stopped sandbox may be started by the next use. */
export function isHealthy(kind: StopKind): boolean {
  return ['idle', 'capacity', 'restart', 'upgrade', 'shutdown', 'host-ended'].includes(kind);
}

type StartData = Extract<SupervisorCommand, { type: 'StartSandbox' }>['data'];

function start(data: StartData, state: SupervisorState, metadata: CommandMetadata): readonly SandboxEvent[] {
  const started: SandboxStarted = { type: 'SandboxStarted', data };
  switch (state.status) {
    case 'quarantined':
      if (state.bundleHash === data.bundleHash) throw quarantined(data.extension, state.reason);
      return [released(data.extension, 'new-version', metadata), started];
    case 'starting':
    case 'ready':
      if (state.process === data.process) return [];
      if (state.process === data.replaces) return [started];
      // Whoever ran the other process died without a word.
      return [
        {
          type: 'SandboxStopped',
          data: { extension: data.extension, process: state.process, kind: 'host-ended', reason: 'the host that ran it has ended' },
        },
        { ...started, data: { ...data, replaces: null } },
      ];
    default:
      return [{ ...started, data: { ...data, replaces: null } }];
  }
}

type CrashData = Extract<SupervisorCommand, { type: 'ReportSandboxCrash' }>['data'];

function crash(data: CrashData, state: SupervisorState, metadata: CommandMetadata): readonly SandboxEvent[] {
  if ((state.status !== 'ready' && state.status !== 'starting') || state.process !== data.process) return [];
  const { record } = state;
  const now = Date.parse(metadata.now);
  const recentCrashes = [...record.recentCrashes.filter((at) => now - Date.parse(at) < circuit.windowMilliseconds), metadata.now];
  const consecutive = data.aliveMilliseconds >= circuit.windowMilliseconds ? 1 : record.consecutive + 1;
  const stillServing = state.status === 'starting' ? state.replaces : null;
  const crashed: SandboxCrashed = { type: 'SandboxCrashed', data: { ...data, recentCrashes, consecutive, stillServing } };
  if (stillServing !== null) return [crashed];

  const onTrial = isOnTrial(record, data.aliveMilliseconds, now);
  if (!onTrial && recentCrashes.length < circuit.crashes) return [crashed];
  const { extension } = data;
  const { version, bundleHash } = record;
  const reason = onTrial
    ? `it crashed again after its release: ${data.exit.detail}`
    : `it crashed ${recentCrashes.length} times in ten minutes, last because ${data.exit.detail}`;
  return [
    crashed,
    { type: 'SandboxQuarantined', data: { extension, version, bundleHash, cause: onTrial ? 'trial-failed' : 'crash-loop', reason } },
  ];
}

/** Everything that starts soon after a release, and the first start for as long, however late it comes. */
function isOnTrial({ trialUntil, startsOnTrial }: Record, aliveMilliseconds: number, now: number): boolean {
  if (trialUntil === null) return false;
  return now < Date.parse(trialUntil) || (startsOnTrial === 1 && aliveMilliseconds < circuit.trialMilliseconds);
}

function released(extension: string, by: 'operator' | 'new-version', metadata: CommandMetadata): SandboxEvent {
  const trialUntil = new Date(Date.parse(metadata.now) + circuit.trialMilliseconds).toISOString();
  return { type: 'SandboxReleased', data: { extension, by, trialUntil } };
}

function quarantined(extension: string, reason: string): Error {
  return rejected('SANDBOX_QUARANTINED', { extension, reason });
}
