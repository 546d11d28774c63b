// Turns credentials into a proven caller, or refuses. Everything it believes is folded from the log at that moment: a revoked token, a
// removed member and a suspended tenant are out with the next request.
import { Inject, Injectable } from '@nestjs/common';
import {
  CLOCK,
  derivedId,
  PLATFORM_TENANT,
  rejected,
  TIMERS,
  type Clock,
  type Principal,
  type RequestContext,
  type Timers,
} from '@kari/kernel';
import { withinDeadline } from '@kari/platform/command-bus';
import type { Authenticator, Credentials } from '@kari/platform/http';
import { matches } from '../tokens/token-secret.js';
import { TokenUse } from '../tokens/token-use.js';
import type { TokenOwner, TokenState } from '../tokens/token.decider.js';
import { AccessFolds } from './access-folds.js';
import { allows, holdsRole, type Holding } from './access.rules.js';
import { apiTokenParts, bearerOf, tenantAsked, tenantRequired, unauthenticated } from './credentials.rules.js';
import { SESSION_ISSUER, type SessionIssuer } from './session-issuer.port.js';

/** One sentence for every credential that does not hold: which part failed is nobody's business outside. */
const NOT_VALID = 'the token is unknown, revoked or expired';

/** Whoever cannot be told in time whether they may enter is told so, and does not enter. */
const DEADLINE_MS = 1_800;

type IssuedToken = Exclude<TokenState, { status: 'none' }>;

interface Proven {
  readonly owner: TokenOwner;
  readonly token: string;
  readonly holding: Holding;
}

/** A principal that came through this door, with what its credential carries. */
export interface ProvenPrincipal extends Principal {
  readonly holding: Holding;
  /** The API token behind it. */
  readonly token: string;
}

export function isProven(principal: Principal): principal is ProvenPrincipal {
  return 'holding' in principal;
}

@Injectable()
export class TenancyAuthenticator implements Authenticator {
  constructor(
    private readonly folds: AccessFolds,
    private readonly use: TokenUse,
    @Inject(SESSION_ISSUER) private readonly sessions: SessionIssuer,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(TIMERS) private readonly timers: Timers,
  ) {}

  authenticate(credentials: Credentials): Promise<RequestContext> {
    return withinDeadline(this.timers, DEADLINE_MS, 'the event store', this.decide(credentials));
  }

  private async decide(credentials: Credentials): Promise<RequestContext> {
    const tenant = tenantAsked(credentials.tenant);
    const bearer = bearerOf(credentials.authorization);
    // Both at once; what is wrong with the credential is said first.
    const open = this.refuseClosed(tenant);
    open.catch(() => undefined);
    const proven = await this.prove(bearer, tenant);
    await open;
    this.use.seen(proven.holding.home, proven.token, this.clock.now());
    return contextOf(credentials, tenant, proven);
  }

  private async prove(credential: string, tenant: string): Promise<Proven> {
    const presented = apiTokenParts(credential);
    if (presented === null) return this.proveSession(credential, tenant);
    // A token is looked for where it would act, and among the platform's own: one of another tenant is simply not found.
    for (const home of homesFor(tenant)) {
      const token = await this.folds.token(home, presented.token);
      if (token.status === 'none') continue;
      if (!matches(presented.secret, token.hash)) throw unauthenticated(NOT_VALID);
      return this.holder(home, token);
    }
    throw unauthenticated(NOT_VALID);
  }

  private async proveSession(credential: string, tenant: string): Promise<Proven> {
    const session = await this.sessions.verify(credential);
    if (session === null || !homesFor(tenant).includes(session.home)) throw unauthenticated(NOT_VALID);
    const token = await this.folds.token(session.home, session.token);
    if (token.status === 'none' || token.owner.id !== session.owner.id || token.owner.kind !== session.owner.kind)
      throw unauthenticated(NOT_VALID);
    return this.holder(session.home, token);
  }

  private async holder(home: string, token: IssuedToken): Promise<Proven> {
    if (token.status === 'revoked' || this.clock.now() >= Date.parse(token.expiresAt)) throw unauthenticated(NOT_VALID);
    const roles = await this.folds.rolesOf(home, token.owner);
    if (roles === null) throw unauthenticated(NOT_VALID);
    return { owner: token.owner, token: token.token, holding: { home, roles, only: token.rights } };
  }

  private async refuseClosed(tenant: string): Promise<void> {
    const standing = await this.folds.standing(tenant);
    if (standing === 'open') return;
    if (standing === 'unknown') throw tenantRequired('no such tenant exists');
    throw rejected('TENANCY_TENANT_SUSPENDED', { tenant, standing });
  }
}

function homesFor(tenant: string): readonly string[] {
  return tenant === PLATFORM_TENANT ? [PLATFORM_TENANT] : [tenant, PLATFORM_TENANT];
}

function contextOf(credentials: Credentials, tenant: string, { owner, token, holding }: Proven): RequestContext {
  const principal: ProvenPrincipal = {
    id: owner.id,
    kind: owner.kind === 'member' ? 'user' : 'service-account',
    may: (right, scope) => allows(holding, right, scope),
    hasRole: (roles, tenant) => holdsRole(holding, roles, tenant),
    holding,
    token,
    credential: token,
  };
  const { commandId, traceparent } = credentials;
  return {
    principal,
    tenant,
    correlationId: credentials.correlationId,
    // An idempotency key is its sender's own: nobody can answer, or block, a command of somebody else by guessing theirs.
    ...(commandId === undefined ? {} : { commandId: derivedId('tenancy.idempotency-key', tenant, owner.id, commandId) }),
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}
