// The sandboxes' side of the log: sends the supervisor's commands, reads what is recorded, and takes stock after a restart.
import {
  fold,
  idOf,
  Rejection,
  streamId,
  tenantOf,
  Unavailable,
  type CommandBus,
  type EventStore,
  type Ids,
  type StreamId,
  type Timers,
} from '@kari/kernel';
import { systemPrincipal } from '@kari/platform/command-bus';
import type { SupervisorCommand } from './supervisor.commands.js';
import { supervisorDecider, type SupervisorState } from './supervisor.decider.js';
import type { SandboxEvent } from './supervisor.events.js';

const processCategory = 'sandbox.process';
export const sandboxSupervisor = systemPrincipal('sandbox.supervisor');

export interface RecordedSandbox {
  readonly tenant: string;
  readonly extension: string;
  readonly state: SupervisorState;
}

const RETRY_MS = 500;
const RETRIES = 20;

export class ProcessLog {
  constructor(
    private readonly bus: CommandBus,
    private readonly store: EventStore,
    private readonly ids: Ids,
    private readonly timers: Timers,
  ) {}

  async send(tenant: string, command: SupervisorCommand, commandId = this.ids.next()): Promise<SupervisorState> {
    const context = { principal: sandboxSupervisor, tenant, correlationId: commandId, commandId };
    return (await this.bus.send<SupervisorState>(command, context)).state;
  }

  /** Tries again while the log cannot be reached; the command's id makes that harmless. */
  async persist(work: () => Promise<void>): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work();
      } catch (error) {
        if (!isPassing(error) || attempt === RETRIES) throw error;
        await this.timers.sleep(RETRY_MS);
      }
    }
  }

  async recorded(tenant: string, extension: string): Promise<SupervisorState> {
    const events: SandboxEvent[] = [];
    for await (const event of this.store.readStream(streamId(processCategory, tenant, extension)))
      events.push(event as unknown as SandboxEvent);
    return fold(supervisorDecider, supervisorDecider.initialState, events);
  }

  /** Everything recorded; processes of a host that died without a word are written off first. */
  async takeStock(): Promise<readonly RecordedSandbox[]> {
    const states = new Map<StreamId, SupervisorState>();
    for await (const event of this.store.readAll({ filter: { categories: [processCategory] } })) {
      const before = states.get(event.stream) ?? supervisorDecider.initialState;
      states.set(event.stream, supervisorDecider.evolve(before, event as unknown as SandboxEvent));
    }
    const found: RecordedSandbox[] = [];
    for (const [stream, state] of states) {
      const tenant = tenantOf(stream);
      const extension = idOf(stream);
      found.push({ tenant, extension, state: await this.writtenOff(tenant, extension, state) });
    }
    return found;
  }

  private async writtenOff(tenant: string, extension: string, state: SupervisorState): Promise<SupervisorState> {
    if (state.status !== 'starting' && state.status !== 'ready') return state;
    const reason = 'the host that ran it has ended';
    return this.send(tenant, { type: 'ReportSandboxStopped', data: { extension, process: state.process, kind: 'host-ended', reason } });
  }
}

function isPassing(error: unknown): boolean {
  return error instanceof Unavailable || (error instanceof Rejection && error.code === 'REQUEST_UNAVAILABLE');
}
