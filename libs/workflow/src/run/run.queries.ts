// Reads of runs: lists from the views, histories and past states from the log itself.
import { Inject, Injectable } from '@nestjs/common';
import { EVENT_STORE, rejected, type EventStore, type Position, type RecordedEvent } from '@kari/kernel';
import { READ_DATABASE, type ReadDatabase } from '@kari/platform/database';
import { pageOf, type Connection, type PageRequest } from '@kari/platform/graphql';
import { PROJECTIONS_CLOCK, type ProjectionsClock } from '@kari/platform/projections';
import { approvalProjection, type ApprovalRowStatus } from '../tasks/approval.projection.js';
import { ApprovalView } from '../tasks/approval.view.js';
import { taskProjection } from '../tasks/task.projection.js';
import { TaskView } from '../tasks/task.view.js';
import { TimerView } from '../timers/timer.view.js';
import { runStream } from './engine-parts.js';
import { OPEN_STATUSES, runProjection, type RunRowStatus } from './run.projection.js';
import { RunView } from './run.view.js';

export interface RunFilter {
  readonly workflow: string | null;
  readonly status: RunRowStatus | null;
  /** Part of the id, the reason or the idempotency key. */
  readonly search: string | null;
  readonly parent: string | null;
}

@Injectable()
export class RunQueries {
  constructor(
    @Inject(READ_DATABASE) private readonly database: ReadDatabase,
    @Inject(PROJECTIONS_CLOCK) private readonly progress: ProjectionsClock,
    @Inject(EVENT_STORE) private readonly store: EventStore,
  ) {}

  /** Newest first. */
  async page(request: PageRequest, filter: RunFilter, waitFor: Position | null): Promise<Connection<RunView>> {
    idForm(filter.parent);
    await this.reached(runProjection.name, waitFor);
    const rows = await this.database.readAs(request.tenant, (manager) => {
      const query = manager
        .createQueryBuilder(RunView, 'run')
        .where('run.tenant = :tenant', { tenant: request.tenant })
        .orderBy('run.position', 'DESC')
        .limit(request.limit);
      for (const column of ['workflow', 'status', 'parent'] as const) {
        if (filter[column] !== null) query.andWhere(`run.${column} = :${column}`, { [column]: filter[column] });
      }
      if (filter.search !== null) {
        const like = `%${filter.search.replace(/[\\%_]/g, '\\$&')}%`;
        query.andWhere('(run.run::text like :like or run.reason ilike :like or run.idempotency_key like :like)', { like });
      }
      if (request.after !== null) query.andWhere('run.position < :after', { after: request.after[0] });
      return query.getMany();
    });
    return pageOf(rows, request, ({ position }) => [position]);
  }

  async one(tenant: string, run: string, waitFor: Position | null): Promise<RunView> {
    idForm(run);
    await this.reached(runProjection.name, waitFor);
    const found = await this.database.readAs(tenant, (manager) => manager.findOneBy(RunView, { tenant, id: run }));
    if (found === null) throw rejected('WORKFLOW_RUN_UNKNOWN', { run });
    return found;
  }

  /** Runs of any version of a workflow that have not ended, as of now. */
  async needing(tenant: string, workflow: string): Promise<number> {
    await this.reached(runProjection.name, await this.store.head());
    return this.database.readAs(tenant, (manager) =>
      manager
        .createQueryBuilder(RunView, 'run')
        .where('run.tenant = :tenant and run.workflow = :workflow and run.status in (:...open)', { tenant, workflow, open: OPEN_STATUSES })
        .getCount(),
    );
  }

  async tasks(request: PageRequest, run: string, waitFor: Position | null): Promise<Connection<TaskView>> {
    idForm(run);
    await this.reached(taskProjection.name, waitFor);
    const rows = await this.database.readAs(request.tenant, (manager) => {
      const query = manager
        .createQueryBuilder(TaskView, 'task')
        .where('task.tenant = :tenant and task.run = :run', { tenant: request.tenant, run })
        .orderBy('task.position')
        .addOrderBy('task.task')
        .limit(request.limit);
      if (request.after !== null) {
        const [position, task] = request.after;
        query.andWhere('(task.position, task.task) > (:position, :task)', { position, task });
      }
      return query.getMany();
    });
    return pageOf(rows, request, ({ position, id }) => [position, id]);
  }

  async timers(request: PageRequest, run: string | null): Promise<Connection<TimerView>> {
    idForm(run);
    const rows = await this.database.readAs(request.tenant, (manager) => {
      const query = manager
        .createQueryBuilder(TimerView, 'timer')
        .where('timer.tenant = :tenant', { tenant: request.tenant })
        .orderBy('timer.position')
        .addOrderBy('timer.timer')
        .limit(request.limit);
      if (run !== null) query.andWhere('timer.run = :run', { run });
      if (request.after !== null) {
        const [position, timer] = request.after;
        query.andWhere('(timer.position, timer.timer) > (:position, :timer)', { position, timer });
      }
      return query.getMany();
    });
    return pageOf(rows, request, ({ position, id }) => [position, id]);
  }

  async approvals(
    request: PageRequest,
    filter: { readonly run: string | null; readonly status: ApprovalRowStatus | null },
    waitFor: Position | null,
  ) {
    idForm(filter.run);
    await this.reached(approvalProjection.name, waitFor);
    const rows = await this.database.readAs(request.tenant, (manager) => {
      const query = manager
        .createQueryBuilder(ApprovalView, 'approval')
        .where('approval.tenant = :tenant', { tenant: request.tenant })
        .orderBy('approval.position', 'DESC')
        .limit(request.limit);
      for (const column of ['run', 'status'] as const) {
        if (filter[column] !== null) query.andWhere(`approval.${column} = :${column}`, { [column]: filter[column] });
      }
      if (request.after !== null) query.andWhere('approval.position < :after', { after: request.after[0] });
      return query.getMany();
    });
    return pageOf(rows, request, ({ position }) => [position]);
  }

  /** Everything that happened to one run, oldest first; the tenant is part of the stream's name. */
  async history(request: PageRequest, run: string): Promise<Connection<RecordedEvent>> {
    idForm(run);
    const from = request.after === null ? 0n : BigInt(request.after[0] ?? '0') + 1n;
    const events: RecordedEvent[] = [];
    for await (const event of this.store.readStream(runStream(request.tenant, run), { from, limit: request.limit })) events.push(event);
    if (events.length === 0 && from === 0n) throw rejected('WORKFLOW_RUN_UNKNOWN', { run });
    return pageOf(events, request, ({ revision }) => [String(revision)]);
  }

  /** Facts up to a revision, or all of them. */
  async facts(tenant: string, run: string, upTo: bigint | null): Promise<readonly RecordedEvent[]> {
    idForm(run);
    const events: RecordedEvent[] = [];
    for await (const event of this.store.readStream(runStream(tenant, run), upTo === null ? {} : { to: upTo })) events.push(event);
    if (events.length === 0) throw rejected('WORKFLOW_RUN_UNKNOWN', { run });
    return events;
  }

  private async reached(projection: string, position: Position | null): Promise<void> {
    if (position !== null) await this.progress.waitFor(projection, position);
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What has not the form of an id names nothing. */
function idForm(run: string | null): void {
  if (run !== null && !UUID.test(run)) throw rejected('WORKFLOW_RUN_UNKNOWN', { run: run.slice(0, 100) });
}
