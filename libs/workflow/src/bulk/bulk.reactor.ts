// Does what was wished for many runs: one command for each, on behalf of who wished it. Their ids are derived, so that whoever takes this over asks
// nothing twice; what was answered is reported a share at a time.
import { Inject, Injectable } from '@nestjs/common';
import {
  COMMAND_BUS,
  derivedId,
  EVENT_STORE,
  idOf,
  Rejection,
  TIMERS,
  Unavailable,
  type CommandBus,
  type EventStore,
  type RecordedEvent,
  type RequestContext,
  type Timers,
} from '@kari/kernel';
import { systemPrincipal } from '@kari/platform/command-bus';
import type { Reactor } from '@kari/platform/registry';
import { RunMigrations } from '../migration/run-migrations.js';
import { bulkDecider, openOf, type BulkState } from './bulk.decider.js';
import type { BulkEvent, BulkEventOf } from './bulk.events.js';

const SHARE = 25;
const PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

@Injectable()
export class BulkReactor implements Reactor {
  readonly name = 'workflow.bulk';
  readonly runs = 'once';
  readonly handles = ['BulkRunsStarted'];

  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
    @Inject(TIMERS) private readonly timers: Timers,
    private readonly migrations: RunMigrations,
  ) {}

  async react(event: RecordedEvent): Promise<void> {
    const state = await this.state(event);
    const open = openOf(state);
    for (let from = 0; from < open.length; from += SHARE)
      await this.share(event as RecordedEvent & BulkEventOf<'BulkRunsStarted'>, open.slice(from, from + SHARE));
  }

  private async share(event: RecordedEvent & BulkEventOf<'BulkRunsStarted'>, runs: readonly string[]): Promise<void> {
    const done: string[] = [];
    const refused: { run: string; code: string }[] = [];
    for (const run of runs) {
      const code = await this.ask(event, run);
      if (code === null) done.push(run);
      else refused.push({ run, code });
    }
    const { tenant, correlationId } = event.meta;
    const context: RequestContext = {
      principal: systemPrincipal(this.name),
      tenant,
      correlationId,
      causationId: event.id,
      commandId: derivedId(event.id, 'report', runs[0] ?? ''),
    };
    const report = { type: 'ReportBulk', data: { bulk: idOf(event.stream), done, refused } };
    await this.insisted(() => this.bus.send(report, context));
  }

  /** Null when it was done, or the code of the refusal, which the bus has put on record. */
  private async ask({ id, data, meta }: RecordedEvent & BulkEventOf<'BulkRunsStarted'>, run: string): Promise<string | null> {
    const { tenant, actor, actorKind, correlationId } = meta;
    // The right was asked for when the wish was made; its maker answers for each of them.
    const principal = { id: actor, kind: actorKind, may: (right: string, scope: string) => right === 'run.operate' && scope === tenant };
    const context: RequestContext = { principal, tenant, correlationId, causationId: id, commandId: derivedId(id, run) };
    try {
      await this.insisted(() => this.wished(data, run, context));
      return null;
    } catch (error) {
      if (error instanceof Rejection) return error.code;
      throw error;
    }
  }

  private wished(
    { action, reason, migration }: BulkEventOf<'BulkRunsStarted'>['data'],
    run: string,
    context: RequestContext,
  ): Promise<unknown> {
    switch (action) {
      case 'cancel':
        return this.bus.send({ type: 'CancelRun', data: { run, reason } }, context);
      case 'retry':
        return this.bus.send({ type: 'RetryRun', data: { run, task: null } }, context);
      case 'migrate':
        return this.migrations.migrate(run, migration!, context);
    }
  }

  private async insisted(work: () => Promise<unknown>): Promise<void> {
    for (let pause = PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      try {
        await work();
        return;
      } catch (error) {
        const passes = error instanceof Unavailable || (error instanceof Rejection && error.code === 'REQUEST_CONFLICT');
        if (!passes) throw error;
      }
      await this.timers.sleep(pause);
    }
  }

  private async state(event: RecordedEvent): Promise<BulkState> {
    let state = bulkDecider.initialState;
    for await (const fact of this.store.readStream(event.stream)) state = bulkDecider.evolve(state, fact as unknown as BulkEvent);
    return state;
  }
}
