// Events of a tenant: published by extensions, workflows and from outside, delivered to those that listen.
import { Global, Inject, Module } from '@nestjs/common';
import { COMMAND_BUS, IDS, type CommandBus, type Ids } from '@kari/kernel';
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
import { EVENT_DELIVERY, TENANT_EVENTS } from './contract.js';
import { AutomationChanges } from './automations/automation-changes.js';
import { AutomationSubscriber } from './automations/automation-subscriber.js';
import { automationCommands } from './automations/automation.definitions.js';
import { automationEventDefinitions } from './automations/automation.events.js';
import { automationProjection } from './automations/automation.projection.js';
import { AutomationQueries } from './automations/automation.queries.js';
import { AutomationResolver } from './automations/automation.resolver.js';
import { SavedAutomations } from './automations/saved-automations.js';
import { TriggerTable } from './automations/trigger-table.js';
import { Triggering } from './automations/triggering.reactor.js';
import { DeliveryQueries } from './delivery/delivery.queries.js';
import { DeliveryQueue } from './delivery/delivery-queue.js';
import { DeliveryResolver } from './delivery/delivery.resolver.js';
import { automationMigrations } from './delivery/delivery.migrations.js';
import { EventDispatcher } from './delivery/event-dispatcher.js';
import { EventFanOut } from './delivery/event-fan-out.js';
import { ExtensionSubscriber } from './delivery/extension-subscriber.js';
import { parkedEventCommands } from './delivery/parked-event.definitions.js';
import { parkedEventEvents } from './delivery/parked-event.events.js';
import { parkedProjection } from './delivery/parked-event.projection.js';
import { Unparking } from './delivery/unparking.reactor.js';
import { cloudEventCommands } from './events/cloud-event.definitions.js';
import { cloudEvents } from './events/cloud-event.events.js';
import { cloudEventProjection } from './events/cloud-event.projection.js';
import { CloudEventQueries } from './events/cloud-event.queries.js';
import { CloudEventResolver } from './events/cloud-event.resolver.js';
import { EventQueries } from './events/event.queries.js';
import { EventResolver } from './events/event.resolver.js';
import { eventProjection } from './events/event.projection.js';
import { eventsCapability } from './events/events.capability.js';
import { extensionEvents } from './events/extension-event.events.js';
import { extensionEventCommands } from './events/extension-event.definitions.js';
import { LoggedEvents } from './events/tenant-events.js';

@Global()
@Module({
  providers: [
    AutomationChanges,
    AutomationQueries,
    AutomationResolver,
    AutomationSubscriber,
    CloudEventQueries,
    CloudEventResolver,
    DeliveryQueries,
    DeliveryQueue,
    DeliveryResolver,
    EventDispatcher,
    EventFanOut,
    EventQueries,
    EventResolver,
    ExtensionSubscriber,
    LoggedEvents,
    SavedAutomations,
    TriggerTable,
    Triggering,
    Unparking,
    { provide: EVENT_DELIVERY, useExisting: EventDispatcher },
    { provide: TENANT_EVENTS, useExisting: LoggedEvents },
  ],
  exports: [EVENT_DELIVERY, TENANT_EVENTS],
})
export class AutomationModule {
  constructor(
    unparking: Unparking,
    triggering: Triggering,
    @Inject(COMMAND_BUS) bus: CommandBus,
    @Inject(IDS) ids: Ids,
    @Inject(INSTALLATIONS) installations: Installations,
    @Inject(COMMANDS) commands: Registry<AnyCommandDefinition>,
    @Inject(EVENTS) events: Registry<AnyEventDefinition>,
    @Inject(PROJECTIONS) projections: Registry<AnyProjection>,
    @Inject(REACTORS) reactors: Registry<Reactor>,
    @Inject(MIGRATIONS) migrations: Registry<MigrationSet>,
    @Inject(CAPABILITIES) capabilities: Registry<Capability>,
  ) {
    commands.add(
      ...extensionEventCommands(installations),
      ...cloudEventCommands(installations),
      ...parkedEventCommands,
      ...automationCommands,
    );
    events.add(...extensionEvents, ...cloudEvents, ...parkedEventEvents, ...automationEventDefinitions);
    projections.add(eventProjection, cloudEventProjection, parkedProjection, automationProjection);
    reactors.add(unparking, triggering);
    migrations.add(automationMigrations);
    capabilities.add(eventsCapability(bus, ids));
  }
}
