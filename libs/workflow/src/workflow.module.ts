// Plugins: one interface to all of them, for the API, for extensions and for whatever composes them. Workflows: documents that do, and their runs.
import { Global, Inject, Module } from '@nestjs/common';
import { INSTALLATIONS, type Installations } from '@kari/extension/contract';
import {
  COMMANDS,
  EVENTS,
  MIGRATIONS,
  PROJECTIONS,
  REACTORS,
  type AnyCommandDefinition,
  type AnyEventDefinition,
  type AnyProjection,
  type MigrationSet,
  type Reactor,
  type Registry,
} from '@kari/platform/registry';
import { CAPABILITIES, type Capability } from '@kari/sandbox/contract';
import { SCHEDULE_TARGETS, type ScheduleTarget } from '@kari/schedule/contract';
import { CallEffects } from './calls/call-effects.js';
import { AsyncapiCalls } from './calls/asyncapi/asyncapi-calls.js';
import { FetchedDocuments } from './calls/fetched-documents.js';
import { GrpcCalls } from './calls/grpc/grpc-calls.js';
import { HttpCalls } from './calls/http-calls.js';
import { HttpExchange } from './calls/http-exchange.js';
import { OauthTokens } from './calls/oauth-tokens.js';
import { OpenapiCalls } from './calls/openapi-calls.js';
import { EXPRESSIONS, PLUGINS, TRIGGERED_RUNS, WORKFLOW_LIFECYCLE, WORKFLOW_TRIGGERS } from './contract.js';
import { BlockedWorkflows } from './definition/blocked-workflows.reactor.js';
import { bulkCommands } from './bulk/bulk.definitions.js';
import { bulkEvents } from './bulk/bulk.events.js';
import { bulkProjection } from './bulk/bulk.projection.js';
import { BulkQueries } from './bulk/bulk.queries.js';
import { BulkReactor } from './bulk/bulk.reactor.js';
import { BulkResolver } from './bulk/bulk.resolver.js';
import { Blocking } from './definition/blocking.js';
import { DefinitionChanges } from './definition/definition-changes.js';
import { workflowCommands } from './definition/definition.definitions.js';
import { workflowEventDefinitions } from './definition/definition.events.js';
import { definitionProjection } from './definition/definition.projection.js';
import { DefinitionQueries } from './definition/definition.queries.js';
import { DefinitionResolver } from './definition/definition.resolver.js';
import { Definitions } from './definition/definitions.js';
import { ExtensionWorkflows } from './definition/extension-workflows.reactor.js';
import { InstallationSnapshot } from './definition/installation-snapshot.js';
import { SavedDefinitions } from './definition/saved-definitions.js';
import { ScheduledWorkflows } from './definition/scheduled-workflows.reactor.js';
import { WorkflowValidator } from './definition/validator.js';
import { versionProjection } from './definition/version.projection.js';
import { EVALUATOR } from './expression/evaluator.js';
import { JqEvaluator } from './expression/jq-evaluator.js';
import { SharedExpressions } from './expression/shared-expressions.js';
import { ApprovalNotifications } from './notifications/approval-notifications.reactor.js';
import { LogNotifier } from './notifications/log-notifier.adapter.js';
import { NotificationDispatcher } from './notifications/notification-dispatcher.js';
import { NotificationQueue } from './notifications/notification-queue.js';
import { notificationCommands } from './notifications/notification.definitions.js';
import { notificationEvents } from './notifications/notification.events.js';
import { notificationMigrations } from './notifications/notification.migrations.js';
import { NotificationQueries } from './notifications/notification.queries.js';
import { NotificationResolver } from './notifications/notification.resolver.js';
import { WebhookNotifier } from './notifications/webhook-notifier.adapter.js';
import { MigrationResolver } from './migration/migration.resolver.js';
import { RunMigrations } from './migration/run-migrations.js';
import { PlaceKeeper } from './places/place-keeper.reactor.js';
import { placeMigrations } from './places/place.migrations.js';
import { PLACES } from './places/places.port.js';
import { PostgresPlaces } from './places/postgres-places.adapter.js';
import { PluginResolver } from './plugins/plugin.resolver.js';
import { pluginsCapability } from './plugins/plugins.capability.js';
import { SandboxedPlugins } from './plugins/sandboxed-plugins.js';
import { retentionCommands } from './retention/retention.definitions.js';
import { retentionEvents } from './retention/retention.events.js';
import { retentionProjection } from './retention/retention.projection.js';
import { RetentionQueries } from './retention/retention.queries.js';
import { RetentionResolver } from './retention/retention.resolver.js';
import { RunRetention } from './retention/run-retention.js';
import { PluginEffects } from './run/plugin-effects.js';
import { RUN_DEFINITIONS } from './run/run-definitions.js';
import { RunStarts } from './run/run-starts.js';
import { runCommands } from './run/run.definitions.js';
import { runEvents } from './run/run.events.js';
import { runProjection } from './run/run.projection.js';
import { RunQueries } from './run/run.queries.js';
import { RunResolver } from './run/run.resolver.js';
import { StartedByTriggers } from './run/triggered-runs.js';
import { RunWorker } from './run/run-worker.js';
import { RunErasure } from './snapshots/run-erasure.reactor.js';
import { PostgresRunSnapshots } from './snapshots/postgres-run-snapshots.adapter.js';
import { runSnapshotMigrations } from './snapshots/run-snapshot.migrations.js';
import { RUN_SNAPSHOTS } from './snapshots/run-snapshots.port.js';
import { EventSchedules } from './signals/event-schedules.js';
import { StuckRuns } from './stuck/stuck-runs.js';
import { ListenerTable } from './signals/listener-table.js';
import { Listening } from './signals/listening.reactor.js';
import { SignalOffers } from './signals/signal-offers.js';
import { SignalQueue } from './signals/signal-queue.js';
import { workflowMigrations } from './signals/signal.migrations.js';
import { ScheduledRuns } from './run/scheduled-runs.js';
import { approvalProjection } from './tasks/approval.projection.js';
import { taskProjection } from './tasks/task.projection.js';
import { timerProjection } from './timers/timer.projection.js';

@Global()
@Module({
  providers: [
    ApprovalNotifications,
    BlockedWorkflows,
    Blocking,
    BulkQueries,
    BulkReactor,
    BulkResolver,
    CallEffects,
    DefinitionChanges,
    DefinitionQueries,
    DefinitionResolver,
    Definitions,
    EventSchedules,
    ExtensionWorkflows,
    InstallationSnapshot,
    HttpCalls,
    HttpExchange,
    JqEvaluator,
    LogNotifier,
    NotificationDispatcher,
    NotificationQueries,
    NotificationQueue,
    NotificationResolver,
    OauthTokens,
    OpenapiCalls,
    AsyncapiCalls,
    FetchedDocuments,
    GrpcCalls,
    ListenerTable,
    Listening,
    MigrationResolver,
    PlaceKeeper,
    PluginEffects,
    PluginResolver,
    RetentionQueries,
    RetentionResolver,
    PostgresPlaces,
    RunMigrations,
    PostgresRunSnapshots,
    RunErasure,
    RunQueries,
    RunResolver,
    RunRetention,
    RunStarts,
    RunWorker,
    SandboxedPlugins,
    SavedDefinitions,
    SharedExpressions,
    SignalOffers,
    SignalQueue,
    StartedByTriggers,
    StuckRuns,
    ScheduledRuns,
    ScheduledWorkflows,
    WebhookNotifier,
    WorkflowValidator,
    { provide: EVALUATOR, useExisting: JqEvaluator },
    { provide: EXPRESSIONS, useExisting: SharedExpressions },
    { provide: PLACES, useExisting: PostgresPlaces },
    { provide: PLUGINS, useExisting: SandboxedPlugins },
    { provide: RUN_DEFINITIONS, useExisting: SavedDefinitions },
    { provide: RUN_SNAPSHOTS, useExisting: PostgresRunSnapshots },
    { provide: TRIGGERED_RUNS, useExisting: StartedByTriggers },
    { provide: WORKFLOW_LIFECYCLE, useExisting: RunWorker },
    { provide: WORKFLOW_TRIGGERS, useExisting: EventSchedules },
  ],
  exports: [EXPRESSIONS, PLUGINS, TRIGGERED_RUNS, WORKFLOW_LIFECYCLE, WORKFLOW_TRIGGERS],
})
export class WorkflowModule {
  constructor(
    plugins: SandboxedPlugins,
    blocking: Blocking,
    blockedWorkflows: BlockedWorkflows,
    extensionWorkflows: ExtensionWorkflows,
    listening: Listening,
    scheduledWorkflows: ScheduledWorkflows,
    scheduledRuns: ScheduledRuns,
    bulk: BulkReactor,
    placeKeeper: PlaceKeeper,
    notifications: ApprovalNotifications,
    erasure: RunErasure,
    @Inject(INSTALLATIONS) installations: Installations,
    @Inject(CAPABILITIES) capabilities: Registry<Capability>,
    @Inject(COMMANDS) commands: Registry<AnyCommandDefinition>,
    @Inject(EVENTS) events: Registry<AnyEventDefinition>,
    @Inject(PROJECTIONS) projections: Registry<AnyProjection>,
    @Inject(REACTORS) reactors: Registry<Reactor>,
    @Inject(MIGRATIONS) migrations: Registry<MigrationSet>,
    @Inject(SCHEDULE_TARGETS) targets: Registry<ScheduleTarget>,
  ) {
    capabilities.add(pluginsCapability(plugins, installations));
    commands.add(...workflowCommands(blocking.reason), ...runCommands, ...retentionCommands, ...bulkCommands, ...notificationCommands);
    events.add(...workflowEventDefinitions, ...runEvents, ...retentionEvents, ...bulkEvents, ...notificationEvents);
    projections.add(
      retentionProjection,
      bulkProjection,
      definitionProjection,
      versionProjection,
      runProjection,
      taskProjection,
      approvalProjection,
      timerProjection,
    );
    reactors.add(extensionWorkflows, blockedWorkflows, bulk, erasure, listening, notifications, placeKeeper, scheduledWorkflows);
    migrations.add({
      ...workflowMigrations,
      migrations: [...workflowMigrations.migrations, ...placeMigrations, ...notificationMigrations, ...runSnapshotMigrations],
    });
    targets.add(scheduledRuns);
  }
}
