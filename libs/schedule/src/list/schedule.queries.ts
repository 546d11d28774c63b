// Reads of schedules and of what became of their planned times.
import { Inject, Injectable } from '@nestjs/common';
import { rejected, type Position } from '@kari/kernel';
import { READ_DATABASE, type ReadDatabase } from '@kari/platform/database';
import { pageOf, type Connection, type PageRequest } from '@kari/platform/graphql';
import { PROJECTIONS_CLOCK, type ProjectionsClock } from '@kari/platform/projections';
import type { KnownSchedule } from '../life/schedule-state.rules.js';
import { fireProjection, type FireStatus } from './fire.projection.js';
import { FireView } from './fire.view.js';
import { scheduleProjection } from './schedule.projection.js';
import { ScheduleView } from './schedule.view.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export interface ScheduleFilter {
  readonly targetKind: string | null;
  readonly target: string | null;
  readonly status: KnownSchedule['status'] | null;
}

@Injectable()
export class ScheduleQueries {
  constructor(
    @Inject(READ_DATABASE) private readonly database: ReadDatabase,
    @Inject(PROJECTIONS_CLOCK) private readonly progress: ProjectionsClock,
  ) {}

  /** Newest first. */
  async page(request: PageRequest, filter: ScheduleFilter, waitFor: Position | null): Promise<Connection<ScheduleView>> {
    await this.reached(scheduleProjection.name, waitFor);
    const rows = await this.database.readAs(request.tenant, (manager) => {
      const query = manager
        .createQueryBuilder(ScheduleView, 'schedule')
        .where('schedule.tenant = :tenant', { tenant: request.tenant })
        .orderBy('schedule.position', 'DESC')
        .limit(request.limit);
      for (const column of ['targetKind', 'target', 'status'] as const) {
        if (filter[column] !== null) query.andWhere(`schedule.${column} = :${column}`, { [column]: filter[column] });
      }
      if (request.after !== null) query.andWhere('schedule.position < :after', { after: request.after[0] });
      return query.getMany();
    });
    return pageOf(rows, request, ({ position }) => [position]);
  }

  /** Throws SCHEDULE_NOT_FOUND. */
  async one(tenant: string, schedule: string, waitFor: Position | null): Promise<ScheduleView> {
    const found = await this.find(tenant, schedule, waitFor);
    if (found === null) throw rejected('SCHEDULE_NOT_FOUND', { schedule: schedule.slice(0, 100) });
    return found;
  }

  async find(tenant: string, schedule: string, waitFor: Position | null): Promise<ScheduleView | null> {
    if (!UUID.test(schedule)) return null;
    await this.reached(scheduleProjection.name, waitFor);
    return this.database.readAs(tenant, (manager) => manager.findOneBy(ScheduleView, { tenant, id: schedule }));
  }

  async count(tenant: string): Promise<number> {
    return this.database.readAs(tenant, (manager) => manager.countBy(ScheduleView, { tenant }));
  }

  /** Every schedule of a target, as of a position of the log. */
  async ofTarget(tenant: string, targetKind: string, target: string, at: Position): Promise<readonly string[]> {
    await this.reached(scheduleProjection.name, at);
    const rows = await this.database.readAs(tenant, (manager) => manager.findBy(ScheduleView, { tenant, targetKind, target }));
    return rows.map(({ id }) => id);
  }

  /** Newest first; of a schedule that is gone too, for as long as somebody knows its id. */
  async fires(
    request: PageRequest,
    filter: { readonly schedule: string; readonly status: FireStatus | null },
    waitFor: Position | null,
  ): Promise<Connection<FireView>> {
    const { schedule, status } = filter;
    if (!UUID.test(schedule)) throw rejected('SCHEDULE_NOT_FOUND', { schedule: schedule.slice(0, 100) });
    await this.reached(fireProjection.name, waitFor);
    const rows = await this.database.readAs(request.tenant, (manager) => {
      const query = manager
        .createQueryBuilder(FireView, 'fire')
        .where('fire.tenant = :tenant and fire.schedule = :schedule', { tenant: request.tenant, schedule })
        .orderBy('fire.position', 'DESC')
        .addOrderBy('fire.fire', 'DESC')
        .limit(request.limit);
      if (status !== null) query.andWhere('fire.status = :status', { status });
      if (request.after !== null) {
        const [position, fire] = request.after;
        query.andWhere('(fire.position, fire.fire) < (:position, :fire)', { position, fire });
      }
      return query.getMany();
    });
    return pageOf(rows, request, ({ position, id }) => [position, id]);
  }

  private async reached(projection: string, position: Position | null): Promise<void> {
    if (position !== null) await this.progress.waitFor(projection, position);
  }
}
