// Reads of declared tasks, with the schedule that starts each and its newest run.
import { Inject, Injectable } from '@nestjs/common';
import { rejected, type Position } from '@kari/kernel';
import { READ_DATABASE, type ReadDatabase } from '@kari/platform/database';
import { pageOf, type Connection, type PageRequest } from '@kari/platform/graphql';
import { PROJECTIONS_CLOCK, type ProjectionsClock } from '@kari/platform/projections';
import { In } from 'typeorm';
import { ScheduleView } from '../list/schedule.view.js';
import { TaskRunQueries } from '../task-runs/task-run.queries.js';
import type { TaskRunView } from '../task-runs/task-run.view.js';
import { TASK_KIND } from './task.commands.js';
import { taskProjection, type TaskStatus } from './task.projection.js';
import { TaskView } from './task.view.js';

export interface TaskFilter {
  readonly extension: string | null;
  readonly status: TaskStatus | null;
}

export interface ShownTask {
  readonly task: TaskView;
  /** Null while no clock starts it. */
  readonly schedule: ScheduleView | null;
  readonly latest: TaskRunView | null;
}

@Injectable()
export class TaskQueries {
  constructor(
    @Inject(READ_DATABASE) private readonly database: ReadDatabase,
    @Inject(PROJECTIONS_CLOCK) private readonly progress: ProjectionsClock,
    private readonly runs: TaskRunQueries,
  ) {}

  async page(request: PageRequest, filter: TaskFilter, waitFor: Position | null): Promise<Connection<ShownTask>> {
    await this.reached(waitFor);
    const rows = await this.database.readAs(request.tenant, (manager) => {
      const query = manager
        .createQueryBuilder(TaskView, 'task')
        .where('task.tenant = :tenant', { tenant: request.tenant })
        .orderBy('task.task')
        .limit(request.limit);
      for (const column of ['extension', 'status'] as const) {
        if (filter[column] !== null) query.andWhere(`task.${column} = :${column}`, { [column]: filter[column] });
      }
      if (request.after !== null) query.andWhere('task.task > :after', { after: request.after[0] });
      return query.getMany();
    });
    return pageOf(await this.shown(request.tenant, rows), request, ({ task }) => [task.id]);
  }

  /** Throws TASK_NOT_FOUND. */
  async one(tenant: string, task: string, waitFor: Position | null): Promise<ShownTask> {
    await this.reached(waitFor);
    const row = await this.database.readAs(tenant, (manager) => manager.findOneBy(TaskView, { tenant, id: task }));
    const [found] = row === null ? [] : await this.shown(tenant, [row]);
    if (found === undefined) throw rejected('TASK_NOT_FOUND', { task: task.slice(0, 150) });
    return found;
  }

  /** Of an extension, or of the whole tenant, as of a position of the log. */
  async idsOf(tenant: string, extension: string | null, at: Position): Promise<readonly string[]> {
    await this.reached(at);
    const rows = await this.database.readAs(tenant, (manager) =>
      manager.findBy(TaskView, { tenant, ...(extension === null ? {} : { extension }) }),
    );
    return rows.map(({ id }) => id).sort();
  }

  private async shown(tenant: string, rows: readonly TaskView[]): Promise<readonly ShownTask[]> {
    const ids = rows.map(({ id }) => id);
    if (ids.length === 0) return [];
    const schedules = await this.database.readAs(tenant, (manager) =>
      manager.findBy(ScheduleView, { tenant, targetKind: TASK_KIND, target: In(ids) }),
    );
    const byTask = new Map(schedules.map((schedule) => [schedule.target, schedule]));
    const latest = await this.runs.latest(tenant, ids);
    return rows.map((task) => ({ task, schedule: byTask.get(task.id) ?? null, latest: latest.get(task.id) ?? null }));
  }

  private async reached(position: Position | null): Promise<void> {
    if (position !== null) await this.progress.waitFor(taskProjection.name, position);
  }
}
