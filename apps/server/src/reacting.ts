// The runner of process managers and reactors, made when every module has registered its own.
import { Inject, Injectable } from '@nestjs/common';
import { COMMAND_BUS, EVENT_STORE, TIMERS, Unavailable, type CommandBus, type EventStore, type Timers } from '@kari/kernel';
import { SYSTEM_DATABASE, type SystemDatabase } from '@kari/platform/database';
import { LEASES, type Leases } from '@kari/platform/leases';
import { ReactionRunner, type ParkedProcess, type ReactionStatus } from '@kari/platform/reactions';
import { PROCESS_MANAGERS, REACTORS, type AnyProcessManager, type Reactor, type Registry } from '@kari/platform/registry';
import { LOGGER, type Logger } from '@kari/platform/telemetry';

@Injectable()
export class Reacting {
  private runner: ReactionRunner | null = null;

  constructor(
    @Inject(PROCESS_MANAGERS) private readonly managers: Registry<AnyProcessManager>,
    @Inject(REACTORS) private readonly reactors: Registry<Reactor>,
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(SYSTEM_DATABASE) private readonly database: SystemDatabase,
    @Inject(LEASES) private readonly leases: Leases,
    @Inject(TIMERS) private readonly timers: Timers,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** In-memory state first, in every process; resolves when it can be relied on. */
  async startEverywhere(): Promise<void> {
    const { bus, store, database, leases, timers, logger } = this;
    this.runner = new ReactionRunner(
      { bus, store, database, leases, timers, logger },
      { managers: this.managers.all(), reactors: this.reactors.all() },
    );
    await this.runner.startEverywhere();
  }

  startLeased(): void {
    this.runner?.startLeased();
  }

  async stop(): Promise<void> {
    await this.runner?.stop();
  }

  statuses(): Promise<readonly ReactionStatus[]> {
    return this.running().statuses();
  }

  parked(): Promise<readonly ParkedProcess[]> {
    return this.running().parked();
  }

  async redrive(manager: string, process: string, skip: boolean): Promise<boolean> {
    await this.running().redrive(manager, process, skip ? 'skip' : 'retry');
    return true;
  }

  private running(): ReactionRunner {
    if (this.runner === null) throw new Unavailable('nothing reacts to the log yet', true);
    return this.runner;
  }
}
