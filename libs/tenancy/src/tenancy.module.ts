// Tenants, people and credentials. Gives the edge its authenticator, the bus its gate, everybody the list of tenants.
import { join } from 'node:path';
import { Global, Inject, Module } from '@nestjs/common';
import { CLOCK, IDS, type Clock, type Ids } from '@kari/kernel';
import { TENANT_GATE } from '@kari/platform/command-bus';
import { CONFIG, type Config } from '@kari/platform/config';
import { SESSION_GUARD } from '@kari/platform/graphql';
import { AUTHENTICATOR } from '@kari/platform/http';
import { RATE_LIMITS } from '@kari/platform/quotas';
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
import { AccessFolds } from './access/access-folds.js';
import { LocalSessionIssuer } from './access/local-session-issuer.adapter.js';
import { MeResolver } from './access/me.resolver.js';
import { Self } from './access/self.js';
import { noSessions, SESSION_ISSUER, type SessionIssuer } from './access/session-issuer.port.js';
import { TenancyAuthenticator } from './access/tenancy-authenticator.adapter.js';
import { TenancySessionGuard } from './access/tenancy-session-guard.adapter.js';
import { Bootstrap } from './bootstrap/bootstrap.js';
import { TENANTS } from './contract.js';
import { MemberErasure } from './members/member-erasure.reactor.js';
import { memberProjection } from './members/member.projection.js';
import { MemberQueries } from './members/member.queries.js';
import { MemberResolver } from './members/member.resolver.js';
import { serviceAccountProjection } from './service-accounts/service-account.projection.js';
import { ServiceAccountQueries } from './service-accounts/service-account.queries.js';
import { ServiceAccountResolver } from './service-accounts/service-account.resolver.js';
import { commandDefinitions, eventDefinitions } from './tenancy.definitions.js';
import { tenancyMigrations } from './tenancy.migrations.js';
import { TenantChanges } from './tenants/tenant-changes.js';
import { TenantDeletion } from './tenants/tenant-deletion.reactor.js';
import { TenantSnapshot } from './tenants/tenant-snapshot.adapter.js';
import { tenantProjection } from './tenants/tenant.projection.js';
import { TenantQueries } from './tenants/tenant.queries.js';
import { TenantResolver } from './tenants/tenant.resolver.js';
import { TokenIssuing } from './tokens/token-issuing.js';
import { TokenUse } from './tokens/token-use.js';
import { tokenProjection } from './tokens/token.projection.js';
import { TokenQueries } from './tokens/token.queries.js';
import { TokenResolver } from './tokens/token.resolver.js';

const sessionIssuer = {
  provide: SESSION_ISSUER,
  inject: [CONFIG, CLOCK, IDS],
  useFactory: (config: Config, clock: Clock, ids: Ids): Promise<SessionIssuer> | SessionIssuer =>
    config.mode === 'development' ? LocalSessionIssuer.open(join(config.dataDir, 'keys', 'local-issuer.jwk'), clock, ids) : noSessions,
};

@Global()
@Module({
  providers: [
    AccessFolds,
    Bootstrap,
    MemberErasure,
    MemberQueries,
    MemberResolver,
    MeResolver,
    Self,
    ServiceAccountQueries,
    ServiceAccountResolver,
    sessionIssuer,
    TenancyAuthenticator,
    TenancySessionGuard,
    TenantChanges,
    TenantDeletion,
    TenantQueries,
    TenantResolver,
    TenantSnapshot,
    TokenIssuing,
    TokenQueries,
    TokenResolver,
    TokenUse,
    { provide: AUTHENTICATOR, useExisting: TenancyAuthenticator },
    { provide: SESSION_GUARD, useExisting: TenancySessionGuard },
    { provide: TENANT_GATE, useExisting: AccessFolds },
    { provide: TENANTS, useExisting: TenantSnapshot },
    { provide: RATE_LIMITS, useExisting: TenantSnapshot },
  ],
  exports: [AUTHENTICATOR, Bootstrap, RATE_LIMITS, SESSION_GUARD, TENANT_GATE, TENANTS],
})
export class TenancyModule {
  constructor(
    deletion: TenantDeletion,
    erasure: MemberErasure,
    @Inject(COMMANDS) commands: Registry<AnyCommandDefinition>,
    @Inject(EVENTS) events: Registry<AnyEventDefinition>,
    @Inject(PROJECTIONS) projections: Registry<AnyProjection>,
    @Inject(REACTORS) reactors: Registry<Reactor>,
    @Inject(MIGRATIONS) migrations: Registry<MigrationSet>,
  ) {
    commands.add(...commandDefinitions);
    events.add(...eventDefinitions);
    projections.add(tenantProjection, memberProjection, serviceAccountProjection, tokenProjection);
    reactors.add(deletion, erasure);
    migrations.add(tenancyMigrations);
  }
}
