// What extensions keep and are told: the key-value store, tables, configuration and secrets.
import { Global, Inject, Module } from '@nestjs/common';
import { INSTALLATIONS, type Installations } from '@kari/extension/contract';
import { CONFIG, type Config } from '@kari/platform/config';
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
import { TENANTS, type Tenants } from '@kari/tenancy/contract';
import { ConfigurationChanges } from './configuration/configuration-changes.reactor.js';
import { configurationEvents } from './configuration/configuration.events.js';
import { ConfigurationResolver } from './configuration/configuration.resolver.js';
import { configurationCommands } from './configuration/configuration.definitions.js';
import { FoldedConfigurations } from './configuration/configurations.js';
import { CONFIGURATIONS, EXTENSION_TABLES, SECRETS } from './contract.js';
import { kvCapability } from './kv/kv.capability.js';
import { kvMigrations } from './kv/kv.migrations.js';
import { KvStore } from './kv/kv-store.js';
import { GuardedSecrets } from './secrets/guarded-secrets.js';
import { SecretHandles } from './secrets/secret-handles.js';
import { SecretVault } from './secrets/secret-vault.js';
import { secretEvents } from './secrets/secret.events.js';
import { secretMigrations } from './secrets/secret.migrations.js';
import { secretProjection } from './secrets/secret.projection.js';
import { SecretQueries } from './secrets/secret.queries.js';
import { SecretResolver } from './secrets/secret.resolver.js';
import { secretCommands } from './secrets/secret.definitions.js';
import { secretsCapability } from './secrets/secrets.capability.js';
import { ExtensionDataManager } from './tables/extension-data-manager.js';
import { TableQueries } from './tables/table.queries.js';
import { TableResolver } from './tables/table.resolver.js';
import { TableSettling } from './tables/table-settling.reactor.js';
import { TABLE_BYTES, TableStore } from './tables/table-store.js';
import { tablesCapability } from './tables/tables.capability.js';
import { tablesMigrations } from './tables/tables.migrations.js';
import { TenantErasure } from './tenant-erasure.reactor.js';

@Global()
@Module({
  providers: [
    ConfigurationChanges,
    ConfigurationResolver,
    ExtensionDataManager,
    FoldedConfigurations,
    GuardedSecrets,
    KvStore,
    SecretHandles,
    SecretQueries,
    SecretResolver,
    SecretVault,
    TableQueries,
    TableResolver,
    TableSettling,
    TableStore,
    TenantErasure,
    { provide: CONFIGURATIONS, useExisting: FoldedConfigurations },
    { provide: SECRETS, useExisting: GuardedSecrets },
    { provide: EXTENSION_TABLES, useExisting: ExtensionDataManager },
    { provide: TABLE_BYTES, inject: [CONFIG], useFactory: ({ tableBytes }: Config) => tableBytes },
  ],
  exports: [CONFIGURATIONS, EXTENSION_TABLES, SECRETS],
})
export class DataModule {
  constructor(
    changes: ConfigurationChanges,
    configurations: FoldedConfigurations,
    erasure: TenantErasure,
    kv: KvStore,
    secrets: GuardedSecrets,
    settling: TableSettling,
    tables: TableStore,
    @Inject(INSTALLATIONS) installations: Installations,
    @Inject(TENANTS) tenants: Tenants,
    @Inject(COMMANDS) commands: Registry<AnyCommandDefinition>,
    @Inject(EVENTS) events: Registry<AnyEventDefinition>,
    @Inject(PROJECTIONS) projections: Registry<AnyProjection>,
    @Inject(REACTORS) reactors: Registry<Reactor>,
    @Inject(MIGRATIONS) migrations: Registry<MigrationSet>,
    @Inject(CAPABILITIES) capabilities: Registry<Capability>,
  ) {
    commands.add(...configurationCommands(installations, tenants, configurations), ...secretCommands(installations));
    events.add(...configurationEvents, ...secretEvents);
    projections.add(secretProjection);
    reactors.add(changes, erasure, settling);
    migrations.add({ context: 'data', migrations: [...kvMigrations, ...secretMigrations, ...tablesMigrations] });
    capabilities.add(kvCapability(kv), secretsCapability(secrets), tablesCapability(tables));
  }
}
