// Reads of task runs, with what they told and answered.
import { Inject, Injectable } from '@nestjs/common';
import { rejected, type Position } from '@kari/kernel';
import { READ_DATABASE, type ReadDatabase } from '@kari/platform/database';
import { pageOf, type Connection, type PageRequest } from '@kari/platform/graphql';
import { PROJECTIONS_CLOCK, type ProjectionsClock } from '@kari/platform/projections';
import { In } from 'typeorm';
import type { TaskRunStatus } from './task-run.decider.js';
import { taskRunProjection } from './task-run.projection.js';
import { TaskOutputView } from './task-output.view.js';
import { TaskRunView } from './task-run.view.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export interface TaskRunFilter {
  readonly task: string | null;
  readonly extension: string | null;
  readonly status: TaskRunStatus | null;
}

export interface ShownTaskRun {
  readonly run: TaskRunView;
  /** Null before it told or answered anything. */
  readonly output: TaskOutputView | null;
}

@Injectable()
export class TaskRunQueries {
  constructor(
    @Inject(READ_DATABASE) private readonly database: ReadDatabase,
    @Inject(PROJECTIONS_CLOCK) private readonly progress: ProjectionsClock,
  ) {}

  /** Newest first. */
  async page(request: PageRequest, filter: TaskRunFilter, waitFor: Position | null): Promise<Connection<ShownTaskRun>> {
    await this.reached(waitFor);
    const { tenant } = request;
    const shown = await this.database.readAs(tenant, async (manager) => {
      const query = manager
        .createQueryBuilder(TaskRunView, 'run')
        .where('run.tenant = :tenant', { tenant })
        .orderBy('run.position', 'DESC')
        .limit(request.limit);
      for (const column of ['task', 'extension', 'status'] as const) {
        if (filter[column] !== null) query.andWhere(`run.${column} = :${column}`, { [column]: filter[column] });
      }
      if (request.after !== null) query.andWhere('run.position < :after', { after: request.after[0] });
      const runs = await query.getMany();
      const outputs = runs.length === 0 ? [] : await manager.findBy(TaskOutputView, { tenant, run: In(runs.map(({ id }) => id)) });
      const byRun = new Map(outputs.map((output) => [output.run, output]));
      return runs.map((run) => ({ run, output: byRun.get(run.id) ?? null }));
    });
    return pageOf(shown, request, ({ run }) => [run.position]);
  }

  /** Throws TASK_RUN_NOT_FOUND. */
  async one(tenant: string, run: string, waitFor: Position | null): Promise<ShownTaskRun> {
    await this.reached(waitFor);
    const found = UUID.test(run)
      ? await this.database.readAs(tenant, async (manager) => {
          const row = await manager.findOneBy(TaskRunView, { tenant, id: run });
          return row === null ? null : { run: row, output: await manager.findOneBy(TaskOutputView, { tenant, run }) };
        })
      : null;
    if (found === null) throw rejected('TASK_RUN_NOT_FOUND', { run: run.slice(0, 100) });
    return found;
  }

  output(tenant: string, run: string): Promise<TaskOutputView | null> {
    if (!UUID.test(run)) return Promise.resolve(null);
    return this.database.readAs(tenant, (manager) => manager.findOneBy(TaskOutputView, { tenant, run }));
  }

  countOpen(tenant: string, task: string): Promise<number> {
    return this.database.readAs(tenant, (manager) =>
      manager.countBy(TaskRunView, { tenant, task, status: In(['queued', 'running', 'waiting']) }),
    );
  }

  /** The newest run of each task. */
  async latest(tenant: string, tasks: readonly string[]): Promise<ReadonlyMap<string, TaskRunView>> {
    if (tasks.length === 0) return new Map();
    const rows = await this.database.readAs(tenant, (manager) =>
      manager
        .createQueryBuilder(TaskRunView, 'run')
        .distinctOn(['run.task'])
        .where('run.tenant = :tenant and run.task in (:...tasks)', { tenant, tasks })
        .orderBy('run.task')
        .addOrderBy('run.position', 'DESC')
        .getMany(),
    );
    return new Map(rows.map((row) => [row.task, row]));
  }

  private async reached(position: Position | null): Promise<void> {
    if (position !== null) await this.progress.waitFor(taskRunProjection.name, position);
  }
}
