// Schedules: what is started at planned times, and the one scheduler that does so. Background tasks: what extensions declare, and the work on their runs.
import { Global, Inject, Module } from '@nestjs/common';
import {
  COMMANDS,
  EVENTS,
  MIGRATIONS,
  PROJECTIONS,
  REACTORS,
  Registry,
  type AnyCommandDefinition,
  type AnyEventDefinition,
  type AnyProjection,
  type MigrationSet,
  type Reactor,
} from '@kari/platform/registry';
import { CAPABILITIES, type Capability } from '@kari/sandbox/contract';
import { SCHEDULE_LIFECYCLE, SCHEDULE_TARGETS, SCHEDULES, TASK_LIFECYCLE, TASK_TRIGGERS, type ScheduleTarget } from './contract.js';
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
import { ScheduledTasks } from './task-runs/scheduled-tasks.js';
import { TaskOutputs } from './task-runs/task-outputs.js';
import { scheduleMigrations } from './task-runs/task-output.migrations.js';
import { TaskProgress } from './task-runs/task-progress.js';
import { TaskRetention } from './task-runs/task-retention.js';
import { TaskRunChanges } from './task-runs/task-run-changes.js';
import { taskRunCommands } from './task-runs/task-run.definitions.js';
import { taskRunEvents } from './task-runs/task-run.events.js';
import { taskRunProjection } from './task-runs/task-run.projection.js';
import { TaskRunQueries } from './task-runs/task-run.queries.js';
import { TaskRunResolver } from './task-runs/task-run.resolver.js';
import { TaskRunStarts } from './task-runs/task-run-starts.js';
import { tasksCapability } from './task-runs/tasks.capability.js';
import { TaskWorker } from './task-runs/task-worker.js';
import { TriggeredTasks } from './task-runs/triggered-tasks.js';
import { DeclaredTasks } from './tasks/declared-tasks.reactor.js';
import { InstalledVersion } from './tasks/installed-version.js';
import { TaskChanges } from './tasks/task-changes.js';
import { taskCommands } from './tasks/task.definitions.js';
import { taskEvents } from './tasks/task.events.js';
import { TaskHolding } from './tasks/task-holding.js';
import { taskProjection } from './tasks/task.projection.js';
import { TaskQueries } from './tasks/task.queries.js';
import { TaskResolver } from './tasks/task.resolver.js';
import { TaskSchedules } from './tasks/task-schedules.reactor.js';

@Global()
@Module({
  providers: [
    Attachments,
    DeclaredTasks,
    InstalledVersion,
    ScheduleChanges,
    ScheduledTasks,
    ScheduleQueries,
    ScheduleResolver,
    ScheduleWorker,
    Scheduling,
    TaskChanges,
    TaskHolding,
    TaskOutputs,
    TaskProgress,
    TaskQueries,
    TaskResolver,
    TaskRetention,
    TaskRunChanges,
    TaskRunQueries,
    TaskRunResolver,
    TaskRunStarts,
    TaskSchedules,
    TaskWorker,
    TriggeredTasks,
    { provide: SCHEDULE_LIFECYCLE, useExisting: ScheduleWorker },
    { provide: SCHEDULE_TARGETS, useFactory: () => new Registry<ScheduleTarget>('schedule target', ({ kind }) => kind) },
    { provide: SCHEDULES, useExisting: Attachments },
    { provide: TASK_LIFECYCLE, useExisting: TaskWorker },
    { provide: TASK_TRIGGERS, useExisting: TriggeredTasks },
  ],
  exports: [SCHEDULE_LIFECYCLE, SCHEDULE_TARGETS, SCHEDULES, TASK_LIFECYCLE, TASK_TRIGGERS],
})
export class ScheduleModule {
  constructor(
    declaredTasks: DeclaredTasks,
    taskSchedules: TaskSchedules,
    scheduledTasks: ScheduledTasks,
    progress: TaskProgress,
    @Inject(SCHEDULE_TARGETS) targets: Registry<ScheduleTarget>,
    @Inject(CAPABILITIES) capabilities: Registry<Capability>,
    @Inject(REACTORS) reactors: Registry<Reactor>,
    @Inject(MIGRATIONS) migrations: Registry<MigrationSet>,
    @Inject(COMMANDS) commands: Registry<AnyCommandDefinition>,
    @Inject(EVENTS) events: Registry<AnyEventDefinition>,
    @Inject(PROJECTIONS) projections: Registry<AnyProjection>,
  ) {
    commands.add(...scheduleCommands, ...taskCommands, ...taskRunCommands);
    events.add(...scheduleEvents, ...taskEvents, ...taskRunEvents);
    projections.add(scheduleProjection, fireProjection, taskProjection, taskRunProjection);
    reactors.add(declaredTasks, taskSchedules);
    migrations.add(scheduleMigrations);
    capabilities.add(tasksCapability(progress));
    targets.add(scheduledTasks);
  }
}
