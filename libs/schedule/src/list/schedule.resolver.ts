// Schedules in the API.
import { Inject } from '@nestjs/common';
import { Args, ID, Mutation, Query, Resolver, Subscription } from '@nestjs/graphql';
import { COMMAND_BUS, type CommandBus, type RequestContext } from '@kari/kernel';
import { Caller, ConnectionOf, Gone, mapPage, Operation, pageRequest, type Connection } from '@kari/platform/graphql';
import type { ScheduleCommand } from '../life/schedule.commands.js';
import { Scheduling } from '../life/scheduling.js';
import type { ScheduleState } from '../life/schedule-state.rules.js';
import { ScheduleChanges, type ScheduleChanged } from './schedule-changes.js';
import {
  askedTiming,
  ChangedSchedule,
  changedSchedule,
  ChangeScheduleInput,
  CreateScheduleInput,
  fireOf,
  Schedule,
  ScheduleArgs,
  ScheduleFire,
  ScheduleFireArgs,
  scheduleOf,
} from './schedule.graphql.js';
import { ScheduleQueries } from './schedule.queries.js';

const WORKFLOW = 'workflow';
const UUID = /^[0-9a-f-]{36}$/;
const about = ({ id, schedule }: { id?: string | null; schedule?: string | null }) => {
  const named = id ?? schedule;
  return typeof named === 'string' && UUID.test(named) ? `schedule:${named}` : null;
};

@Resolver()
export class ScheduleResolver {
  constructor(
    private readonly queries: ScheduleQueries,
    private readonly scheduling: Scheduling,
    private readonly live: ScheduleChanges,
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
  ) {}

  @Query(() => ConnectionOf(Schedule), { description: 'Schedules of the tenant, newest first.' })
  @Operation({ right: 'schedule.read', scope: 'tenant', audit: 'entry' })
  async schedules(
    @Args() { workflow, status, waitFor, ...page }: ScheduleArgs,
    @Caller() { tenant }: RequestContext,
  ): Promise<Connection<Schedule>> {
    const target = workflow ?? null;
    const filter = { targetKind: target === null ? null : WORKFLOW, target, status: status ?? null };
    return mapPage(await this.queries.page(pageRequest('schedules', page, tenant), filter, waitFor ?? null), scheduleOf);
  }

  @Query(() => Schedule)
  @Operation({ right: 'schedule.read', scope: 'tenant', audit: 'entry', subject: about })
  async schedule(
    @Args('id', { type: () => ID }) id: string,
    @Caller() { tenant }: RequestContext,
    @Args('waitFor', { type: () => String, nullable: true }) waitFor?: string | null,
  ): Promise<Schedule> {
    return scheduleOf(await this.queries.one(tenant, id, waitFor ?? null));
  }

  @Query(() => ConnectionOf(ScheduleFire), { description: 'What became of the planned times of a schedule, newest first.' })
  @Operation({ right: 'schedule.read', scope: 'tenant', audit: 'entry', subject: about })
  async scheduleFires(
    @Args() { schedule, status, waitFor, ...page }: ScheduleFireArgs,
    @Caller() { tenant }: RequestContext,
  ): Promise<Connection<ScheduleFire>> {
    const filter = { schedule, status: status ?? null };
    return mapPage(await this.queries.fires(pageRequest('scheduleFires', page, tenant), filter, waitFor ?? null), fireOf);
  }

  @Mutation(() => ChangedSchedule, { description: 'Starts a workflow at planned times, with that input.' })
  @Operation({ right: 'schedule.manage', scope: 'tenant', audit: 'command' })
  async createSchedule(@Args('input') wish: CreateScheduleInput, @Caller() caller: RequestContext): Promise<ChangedSchedule> {
    const { name, workflow: target, input, overlap = null, missed = null, missedLimit = null } = wish;
    const timing = askedTiming(wish.timing);
    const outcome = await this.scheduling.create({ name, kind: WORKFLOW, target, input, timing, overlap, missed, missedLimit }, caller);
    return changedSchedule(outcome.state.status === 'none' ? '' : outcome.state.schedule, outcome);
  }

  @Mutation(() => ChangedSchedule, { description: 'What goes on, goes on; what is planned follows the change.' })
  @Operation({ right: 'schedule.manage', scope: 'tenant', audit: 'command' })
  changeSchedule(@Args('input') wish: ChangeScheduleInput, @Caller() caller: RequestContext): Promise<ChangedSchedule> {
    const { id: schedule, input, timing, ...set } = wish;
    const given = Object.fromEntries(Object.entries(set).filter(([, value]) => value !== undefined && value !== null));
    const more = { ...(input === undefined ? {} : { input }), ...(timing ? { timing: askedTiming(timing) } : {}) };
    return this.send({ type: 'ChangeSchedule', data: { schedule, ...given, ...more } }, caller);
  }

  @Mutation(() => ChangedSchedule, {
    description: 'No planned time is dealt with until it is resumed; what goes on or waits is not touched.',
  })
  @Operation({ right: 'schedule.manage', scope: 'tenant', audit: 'command' })
  pauseSchedule(
    @Args('id', { type: () => ID }) schedule: string,
    @Caller() caller: RequestContext,
    @Args('reason', { type: () => String, nullable: true }) reason?: string | null,
  ): Promise<ChangedSchedule> {
    return this.send({ type: 'PauseSchedule', data: { schedule, reason: reason ?? null } }, caller);
  }

  @Mutation(() => ChangedSchedule, { description: 'Planned times count from now: those of the pause are not made up for.' })
  @Operation({ right: 'schedule.manage', scope: 'tenant', audit: 'command' })
  resumeSchedule(@Args('id', { type: () => ID }) schedule: string, @Caller() caller: RequestContext): Promise<ChangedSchedule> {
    return this.send({ type: 'ResumeSchedule', data: { schedule } }, caller);
  }

  @Mutation(() => ChangedSchedule, { description: 'Nothing is started by it any more; what goes on, goes on.' })
  @Operation({ right: 'schedule.manage', scope: 'tenant', audit: 'command' })
  deleteSchedule(@Args('id', { type: () => ID }) schedule: string, @Caller() caller: RequestContext): Promise<ChangedSchedule> {
    return this.send({ type: 'DeleteSchedule', data: { schedule } }, caller);
  }

  @Mutation(() => ChangedSchedule, { description: 'Starts it now as well, paused or not; its planned times stay as they are.' })
  @Operation({ right: 'schedule.manage', scope: 'tenant', audit: 'command' })
  runScheduleNow(@Args('id', { type: () => ID }) schedule: string, @Caller() caller: RequestContext): Promise<ChangedSchedule> {
    return this.send({ type: 'RunScheduleNow', data: { schedule } }, caller);
  }

  @Subscription(() => ChangedSchedule, {
    description: 'A schedule each time it changes; all of them when none is named. `after` resumes behind a position.',
    resolve: (changed: ScheduleChanged) => changedSchedule(changed.schedule, changed),
  })
  @Operation({ right: 'schedule.read', scope: 'tenant', audit: 'entry', subject: about })
  scheduleChanged(
    @Args('id', { type: () => ID, nullable: true }) id: string | null,
    @Args('after', { type: () => String, nullable: true }) after: string | null,
    @Caller() { tenant }: RequestContext,
    @Gone() signal: AbortSignal,
  ): AsyncIterable<ScheduleChanged> {
    return this.live.changes(tenant, id ?? null, after ?? null, signal);
  }

  private async send(command: ScheduleCommand, caller: RequestContext): Promise<ChangedSchedule> {
    return changedSchedule(command.data.schedule, await this.bus.send<ScheduleState>(command, caller));
  }
}
