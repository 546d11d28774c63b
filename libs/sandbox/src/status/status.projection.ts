// The sandbox of each extension in each tenant as the log knows it: state, reason, restarts. What a process uses this moment is not history and
// is added from memory.
import { idOf, type Projection } from '@kari/kernel';
import { isHealthy } from '../supervision/supervisor.decider.js';
import { sandboxEventTypes, type SandboxEvent } from '../supervision/supervisor.events.js';

export interface StatusRow extends Record<string, unknown> {
  readonly tenant: string;
  readonly extension: string;
  readonly version: string;
  readonly state: 'starting' | 'ready' | 'idle' | 'stopped' | 'backing-off' | 'quarantined' | 'blocked';
  readonly reason: string;
  readonly level: string | null;
  /** Process starts so far. */
  readonly starts: number;
  readonly crashes: number;
  readonly since: string;
}

export const statusProjection: Projection<StatusRow> = {
  name: 'sandbox.status',
  version: 1,
  table: {
    name: 'sandbox.status',
    columns: {
      tenant: 'text',
      extension: 'text',
      version: 'text',
      state: 'text',
      reason: 'text',
      level: 'text?',
      starts: 'integer',
      crashes: 'integer',
      since: 'timestamp',
    },
    key: ['tenant', 'extension'],
    tenantColumn: 'tenant',
  },
  handles: sandboxEventTypes,
  keyOf: (event) => [event.meta.tenant, idOf(event.stream)],
  evolve(row, recorded) {
    const event = recorded as unknown as SandboxEvent;
    const before = row ?? first(recorded.meta.tenant, idOf(recorded.stream), recorded.meta.occurredAt);
    const changed = (to: Partial<StatusRow>): StatusRow => ({ ...before, ...to, since: recorded.meta.occurredAt });
    switch (event.type) {
      case 'SandboxStarted':
        return changed({
          version: event.data.version,
          state: 'starting',
          reason: 'starting',
          level: event.data.level,
          starts: before.starts + 1,
        });
      case 'SandboxReady':
        return changed({ state: 'ready', reason: 'serving' });
      case 'SandboxCrashed':
        return event.data.stillServing === null
          ? changed({ state: 'backing-off', reason: event.data.exit.detail, level: null, crashes: before.crashes + 1 })
          : changed({
              state: 'ready',
              reason: `an older version serves; its replacement failed: ${event.data.exit.detail}`,
              crashes: before.crashes + 1,
            });
      case 'SandboxStopped':
        return changed({ state: isHealthy(event.data.kind) ? 'idle' : 'stopped', reason: event.data.reason, level: null });
      case 'SandboxQuarantined':
        return changed({ state: 'quarantined', reason: event.data.reason, level: null });
      case 'SandboxReleased':
        return changed({ state: 'idle', reason: 'released; the next start is a trial' });
      case 'SandboxBlocked':
        return changed({ version: event.data.version, state: 'blocked', reason: event.data.reason, level: null });
      case 'SandboxRestartRequested':
        return before;
    }
  },
};

function first(tenant: string, extension: string, since: string): StatusRow {
  return { tenant, extension, version: '', state: 'idle', reason: '', level: null, starts: 0, crashes: 0, since };
}
