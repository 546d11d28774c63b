// Everything that every context may inject: the seams of the kernel, the registries, the store, the databases. Wiring only.
import { Global, Module, type DynamicModule, type Provider } from '@nestjs/common';
import {
  AUDIT,
  CLOCK,
  EVENT_STORE,
  IDS,
  RANDOM,
  TIMERS,
  type Audit,
  type EventDefinition,
  type EventStore,
  type Upcaster,
} from '@kari/kernel';
import { BLOBS } from '@kari/platform/blob';
import { BUS, busMigrations, InProcessBus, postgresConsumerStates } from '@kari/platform/bus';
import { commandBusProvider } from '@kari/platform/command-bus';
import { CONFIG } from '@kari/platform/config';
import { EnvelopeKeys, keyMigrations, KEYS, postgresKeyTable, type Keys } from '@kari/platform/crypto';
import { READ_DATABASE, SYSTEM_DATABASE, TENANT_DATABASE } from '@kari/platform/database';
import { catalogueOf, eventStoreMigrations, PostgresEventStore, withCatalogue } from '@kari/platform/event-store';
import { leaseMigrations, LEASES, PostgresLeases } from '@kari/platform/leases';
import {
  PROJECTION_NOTICES,
  ProjectionNotices,
  projectionMigrations,
  PROJECTIONS_CLOCK,
  databaseViewProgress,
  VIEW_PROGRESS,
} from '@kari/platform/projections';
import {
  PostgresQuotaStore,
  PostgresReservationStore,
  QUOTA_STORE,
  quotaMigrations,
  Quotas,
  RATE_LIMITER,
  RATE_LIMITS,
  RateLimiter,
  RESERVATIONS,
  Reservations,
  type QuotaStore,
  type RateLimitsOf,
} from '@kari/platform/quotas';
import { reactionMigrations } from '@kari/platform/reactions';
import {
  COMMANDS,
  EVENTS,
  MIGRATIONS,
  PROCESS_MANAGERS,
  PROJECTIONS,
  REACTORS,
  Registry,
  UPCASTERS,
  type AnyCommandDefinition,
  type AnyProcessManager,
  type AnyProjection,
  type MigrationSet,
  type Reactor,
} from '@kari/platform/registry';
import { systemClock, systemIds, systemRandom, systemTimers } from '@kari/platform/time';
import { LOGGER, METRICS, type Logger, type MetricsRegistry } from '@kari/platform/telemetry';
import { Reacting } from './reacting.js';
import type { Runtime } from './runtime.js';
import { Views } from './views.js';

/** The store under the catalogue, closed at the end by main: contexts see EVENT_STORE alone. */
export const POSTGRES_LOG = Symbol('PostgresEventStore');

/** Streams whose history may shorten; everything else is permanent. */
const SUMMARIES = { 'workflow.run': 'RunSummarised' };

const FORGET_QUIET_MS = 600_000;

const byName = (entry: { readonly name: string }): string => entry.name;
const byType = (entry: { readonly type: string }): string => entry.type;

const registries: readonly Provider[] = [
  { provide: COMMANDS, useFactory: () => new Registry<AnyCommandDefinition>('command', byType) },
  { provide: EVENTS, useFactory: () => new Registry<EventDefinition>('event', byType) },
  { provide: UPCASTERS, useFactory: () => new Registry<Upcaster>('upcaster', ({ type, from }) => `${type}@${from}`) },
  { provide: PROJECTIONS, useFactory: () => new Registry<AnyProjection>('projection', byName) },
  { provide: PROCESS_MANAGERS, useFactory: () => new Registry<AnyProcessManager>('process manager', byName) },
  { provide: REACTORS, useFactory: () => new Registry<Reactor>('reactor', byName) },
  {
    provide: MIGRATIONS,
    useFactory: () => {
      const migrations = new Registry<MigrationSet>('migrations of', ({ context }) => context);
      migrations.add(
        eventStoreMigrations,
        keyMigrations,
        busMigrations,
        leaseMigrations,
        projectionMigrations,
        quotaMigrations,
        reactionMigrations,
      );
      return migrations;
    },
  },
];

@Global()
@Module({})
export class PlatformModule {
  static register(runtime: Runtime): DynamicModule {
    const { system } = runtime;
    const providers: readonly Provider[] = [
      ...registries,
      { provide: CLOCK, useValue: systemClock },
      { provide: TIMERS, useValue: systemTimers },
      { provide: IDS, useValue: systemIds },
      { provide: RANDOM, useValue: systemRandom },
      { provide: CONFIG, useValue: runtime.config },
      { provide: SYSTEM_DATABASE, useValue: system },
      { provide: READ_DATABASE, useValue: runtime.read },
      { provide: TENANT_DATABASE, useValue: runtime.rows },
      { provide: BLOBS, useValue: runtime.blobs },
      {
        provide: KEYS,
        useFactory: (): Keys => new EnvelopeKeys({ masters: runtime.masters, table: postgresKeyTable(system), clock: systemClock }),
      },
      {
        provide: POSTGRES_LOG,
        inject: [LOGGER],
        useFactory: (logger: Logger) =>
          new PostgresEventStore({
            pool: runtime.log.pool,
            blobs: runtime.blobs,
            timers: systemTimers,
            truncatable: Object.keys(SUMMARIES),
            onFault: (error, what) => logger.warn({ error }, `the event store tries again: ${what}`),
          }),
      },
      {
        provide: EVENT_STORE,
        inject: [POSTGRES_LOG, KEYS, EVENTS, UPCASTERS],
        useFactory: (log: PostgresEventStore, keys: Keys, events: Registry<EventDefinition>, upcasters: Registry<Upcaster>): EventStore =>
          withCatalogue(log, {
            keys,
            timers: systemTimers,
            summaries: SUMMARIES,
            catalogue: catalogueOf(
              () => events.all(),
              () => upcasters.all(),
            ),
          }),
      },
      {
        provide: BUS,
        inject: [EVENT_STORE, LOGGER],
        useFactory: (store: EventStore, logger: Logger) =>
          new InProcessBus({
            store,
            states: postgresConsumerStates(system),
            timers: systemTimers,
            onFault: (error, what) => logger.warn({ error }, `the bus: ${what}`),
          }),
      },
      { provide: VIEW_PROGRESS, useValue: databaseViewProgress(system) },
      { provide: LEASES, useValue: new PostgresLeases({ database: system, clock: systemClock, timers: systemTimers, ids: systemIds }) },
      {
        provide: QUOTA_STORE,
        useFactory: () => {
          const store = new PostgresQuotaStore(system);
          systemTimers.every(FORGET_QUIET_MS, () => void store.forgetQuiet().catch(() => undefined));
          return store;
        },
      },
      {
        provide: RESERVATIONS,
        useFactory: () => {
          const store = new PostgresReservationStore(system);
          systemTimers.every(FORGET_QUIET_MS, () => void store.forgetPast().catch(() => undefined));
          return new Reservations(store);
        },
      },
      {
        provide: RATE_LIMITER,
        inject: [QUOTA_STORE, RATE_LIMITS, AUDIT, LOGGER, METRICS],
        useFactory: (store: QuotaStore, limits: RateLimitsOf, audit: Audit, logger: Logger, metrics: MetricsRegistry) => {
          const onAway = (error: unknown) => logger.warn({ error }, 'the shared count of rates is out of reach; this process counts alone');
          const quotas = new Quotas({ store, clock: systemClock, timers: systemTimers, onAway });
          return new RateLimiter({ quotas, limits, defaults: runtime.config.rates, audit, clock: systemClock, metrics });
        },
      },
      { provide: PROJECTION_NOTICES, useValue: new ProjectionNotices() },
      Views,
      Reacting,
      { provide: PROJECTIONS_CLOCK, useExisting: Views },
      commandBusProvider,
    ];
    return { module: PlatformModule, providers: [...providers], exports: [...providers] };
  }
}
