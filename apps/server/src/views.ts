// The runner of the read models, made when every module has registered its own; until then nobody can wait for one.
import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, EVENT_STORE, rejected, TIMERS, Unavailable, type Clock, type EventStore, type Position, type Timers } from '@kari/kernel';
import { SYSTEM_DATABASE, type SystemDatabase } from '@kari/platform/database';
import { LEASES, type Leases } from '@kari/platform/leases';
import {
  PROJECTION_NOTICES,
  ProjectionNotices,
  ProjectionRunner,
  type ProjectionsClock,
  type ProjectionStatus,
} from '@kari/platform/projections';
import { PROJECTIONS, type AnyProjection, type Registry } from '@kari/platform/registry';
import { LOGGER, type Logger } from '@kari/platform/telemetry';
import type { ParkedKeyType, ViewHashType, ViewType } from './operations/view.graphql.js';

@Injectable()
export class Views implements ProjectionsClock {
  private runner: ProjectionRunner | null = null;

  constructor(
    @Inject(PROJECTIONS) private readonly projections: Registry<AnyProjection>,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(SYSTEM_DATABASE) private readonly database: SystemDatabase,
    @Inject(LEASES) private readonly leases: Leases,
    @Inject(PROJECTION_NOTICES) private readonly notices: ProjectionNotices,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(TIMERS) private readonly timers: Timers,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async start(): Promise<void> {
    const { database, leases, notices, clock, timers, logger, store } = this;
    this.runner = new ProjectionRunner({ database, leases, notices, clock, timers, logger, store }, this.projections.all());
    await this.runner.start();
  }

  async stop(): Promise<void> {
    await this.runner?.stop();
  }

  waitFor(projection: string, position: Position, timeoutMs?: number): Promise<void> {
    return this.running().waitFor(projection, position, timeoutMs);
  }

  statuses(): Promise<readonly ProjectionStatus[]> {
    return this.running().statuses();
  }

  async list(): Promise<readonly ViewType[]> {
    return (await this.statuses()).map(shown);
  }

  async hashOf(name: string): Promise<ViewHashType> {
    const found = await this.running().hashOf(name);
    if (found === null) throw rejected('REQUEST_NOT_FOUND', { thing: 'live table of the view', id: name });
    return { name, ...found };
  }

  async parked(): Promise<readonly ParkedKeyType[]> {
    return (await this.running().parked()).map(({ projection, ...parked }) => ({ view: projection, ...parked }));
  }

  async rebuild(name: string): Promise<ViewType> {
    await this.running().rebuild(name);
    return this.one(name);
  }

  async redrive(name: string, key: string): Promise<ViewType> {
    await this.running().redrive(name, key);
    return this.one(name);
  }

  private async one(name: string): Promise<ViewType> {
    const found = (await this.list()).find((view) => view.name === name);
    if (found === undefined) throw rejected('REQUEST_NOT_FOUND', { thing: 'view', id: name });
    return found;
  }

  private running(): ProjectionRunner {
    if (this.runner === null) throw new Unavailable('the read models have not started', true);
    return this.runner;
  }
}

function shown({ projection, version, position, behind, state, parkedKeys }: ProjectionStatus): ViewType {
  return { name: projection, version, position, behind, state, parkedKeys };
}
