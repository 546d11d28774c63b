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
import { OPEN_STATUSES, runProjection, type RunFilter, type RunRowStatus } from './run.projection.js';
import { RunView } from './run.view.js';
import type { SelectQueryBuilder } from 'typeorm';

export interface RunTotals {
  readonly total: number;
  /** False: there are more than could be counted in good time. */
  readonly exact: boolean;
  readonly byStatus: readonly { readonly status: RunRowStatus; readonly count: number }[];
}

/** `version` as a run shows it: `<number>@<hash>`. */
export interface RunVersion {
  readonly workflow: string;
  readonly version: string;
}

const MOST_COUNTED = 50_000;

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
      narrowed(query, filter);
      if (request.after !== null) query.andWhere('run.position < :after', { after: request.after[0] });
      return query.getMany();
    });
    return pageOf(rows, request, ({ position }) => [position]);
  }

  /** How many there are, by status: of the newest, when there are too many to count. */
  async totals(tenant: string, filter: RunFilter, waitFor: Position | null): Promise<RunTotals> {
    idForm(filter.parent);
    await this.reached(runProjection.name, waitFor);
    const rows = await this.database.readAs(tenant, (manager) => {
      const query = manager
        .createQueryBuilder(RunView, 'run')
        .select('run.status', 'status')
        .where('run.tenant = :tenant', { tenant })
        .orderBy('run.position', 'DESC')
        .limit(MOST_COUNTED + 1);
      narrowed(query, filter);
      return query.getRawMany<{ status: RunRowStatus }>();
    });
    const counted = rows.slice(0, MOST_COUNTED);
    const byStatus = new Map<RunRowStatus, number>();
    for (const { status } of counted) byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
    return {
      total: counted.length,
      exact: rows.length <= MOST_COUNTED,
      byStatus: [...byStatus].map(([status, count]) => ({ status, count })).sort((one, other) => one.status.localeCompare(other.status)),
    };
  }

  /** The versions that runs go by which fit, each once. */
  async versions(tenant: string, filter: RunFilter, waitFor: Position | null): Promise<readonly RunVersion[]> {
    idForm(filter.parent);
    await this.reached(runProjection.name, waitFor);
    return this.database.readAs(tenant, (manager) => {
      const query = manager
        .createQueryBuilder(RunView, 'run')
        .select('run.workflow', 'workflow')
        .addSelect('run.workflow_version', 'version')
        .distinct(true)
        .where('run.tenant = :tenant', { tenant });
      narrowed(query, filter);
      return query.getRawMany<RunVersion>();
    });
  }

  /** Those that go by one of these versions, newest first; at most as many as asked for. */
  async ofVersions(tenant: string, versions: readonly RunVersion[], filter: RunFilter, most: number): Promise<readonly RunView[]> {
    if (versions.length === 0) return [];
    return this.database.readAs(tenant, (manager) => {
      const query = manager
        .createQueryBuilder(RunView, 'run')
        .where('run.tenant = :tenant', { tenant })
        .orderBy('run.position', 'DESC')
        .limit(most);
      narrowed(query, filter);
      const pairs = versions.map(({ workflow, version }) => `${workflow} ${version}`);
      return query.andWhere(`run.workflow || ' ' || run.workflow_version = any(:pairs)`, { pairs }).getMany();
    });
  }

  /** Ids of all that fit as of now, oldest first; at most as many as asked for. */
  async idsNow(tenant: string, filter: RunFilter, most: number): Promise<readonly string[]> {
    idForm(filter.parent);
    await this.reached(runProjection.name, await this.store.head());
    const rows = await this.database.readAs(tenant, (manager) => {
      const query = manager
        .createQueryBuilder(RunView, 'run')
        .select('run.run', 'id')
        .where('run.tenant = :tenant', { tenant })
        .orderBy('run.position')
        .limit(most);
      narrowed(query, filter);
      return query.getRawMany<{ id: string }>();
    });
    return rows.map(({ id }) => id);
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
    const [first] = events;
    if (upTo !== null && (first === undefined || first.revision > 0n)) await this.beforeSummary(tenant, run);
    if (first === undefined) throw rejected('WORKFLOW_RUN_UNKNOWN', { run });
    return events;
  }

  /** Throws when what is asked for stood before the summary. */
  private async beforeSummary(tenant: string, run: string): Promise<void> {
    for await (const { revision } of this.store.readStream(runStream(tenant, run), { limit: 1 })) {
      if (revision > 0n) throw rejected('WORKFLOW_HISTORY_GONE', { run });
    }
  }

  private async reached(projection: string, position: Position | null): Promise<void> {
    if (position !== null) await this.progress.waitFor(projection, position);
  }
}

function narrowed(query: SelectQueryBuilder<RunView>, filter: RunFilter): void {
  const equal = {
    workflow: filter.workflow,
    workflow_version: filter.version,
    kind: filter.kind,
    error_code: filter.errorCode,
    correlation_id: filter.correlation,
    parent: filter.parent,
  };
  for (const [column, value] of Object.entries(equal))
    if (value !== null) query.andWhere(`run.${column} = :${column}`, { [column]: value });
  if (filter.statuses.length > 0) query.andWhere('run.status in (:...statuses)', { statuses: filter.statuses });
  if (filter.tag !== null) query.andWhere('run.tags @> :tag::jsonb', { tag: JSON.stringify([filter.tag]) });
  if (filter.startedFrom !== null) query.andWhere('run.started_at >= :from', { from: filter.startedFrom });
  if (filter.startedBefore !== null) query.andWhere('run.started_at < :before', { before: filter.startedBefore });
  if (filter.search !== null) {
    const like = `%${filter.search.replace(/[\\%_]/g, '\\$&')}%`;
    const places = ['run.run::text', 'run.reason', 'run.idempotency_key', 'run.input_keys::text'];
    query.andWhere(`(${places.map((place) => `${place} ilike :like`).join(' or ')})`, { like });
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What has not the form of an id names nothing. */
function idForm(run: string | null): void {
  if (run !== null && !UUID.test(run)) throw rejected('WORKFLOW_RUN_UNKNOWN', { run: run.slice(0, 100) });
}
