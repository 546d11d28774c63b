// Schedules: what is started at planned times, and the one scheduler that does so.
import { Global, Inject, Module } from '@nestjs/common';
import {
  COMMANDS,
  EVENTS,
  PROJECTIONS,
  Registry,
  type AnyCommandDefinition,
  type AnyEventDefinition,
  type AnyProjection,
} from '@kari/platform/registry';
import { SCHEDULE_LIFECYCLE, SCHEDULE_TARGETS, SCHEDULES, type ScheduleTarget } from './contract.js';
import { ScheduleWorker } from './engine/schedule-worker.js';
import { Attachments } from './life/attachments.js';
import { scheduleCommands } from './life/schedule.definitions.js';
import { scheduleEvents } from './life/schedule.events.js';
import { Scheduling } from './life/scheduling.js';
import { fireProjection } from './list/fire.projection.js';
import { ScheduleChanges } from './list/schedule-changes.js';
import { scheduleProjection } from './list/schedule.projection.js';
import { ScheduleQueries } from './list/schedule.queries.js';
import { ScheduleResolver } from './list/schedule.resolver.js';

@Global()
@Module({
  providers: [
    Attachments,
    ScheduleChanges,
    ScheduleQueries,
    ScheduleResolver,
    ScheduleWorker,
    Scheduling,
    { provide: SCHEDULE_LIFECYCLE, useExisting: ScheduleWorker },
    { provide: SCHEDULE_TARGETS, useFactory: () => new Registry<ScheduleTarget>('schedule target', ({ kind }) => kind) },
    { provide: SCHEDULES, useExisting: Attachments },
  ],
  exports: [SCHEDULE_LIFECYCLE, SCHEDULE_TARGETS, SCHEDULES],
})
export class ScheduleModule {
  constructor(
    @Inject(COMMANDS) commands: Registry<AnyCommandDefinition>,
    @Inject(EVENTS) events: Registry<AnyEventDefinition>,
    @Inject(PROJECTIONS) projections: Registry<AnyProjection>,
  ) {
    commands.add(...scheduleCommands);
    events.add(...scheduleEvents);
    projections.add(scheduleProjection, fireProjection);
  }
}
