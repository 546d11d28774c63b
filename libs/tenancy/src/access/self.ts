// What a proven caller may know of itself, and the session it may start.
import { Inject, Injectable } from '@nestjs/common';
import { rejected, type RequestContext } from '@kari/kernel';
import { AccessFolds } from './access-folds.js';
import { rightsIn } from './access.rules.js';
import type { Me, NewSession } from './me.graphql.js';
import { SESSION_ISSUER, type SessionIssuer } from './session-issuer.port.js';
import { isProven, type ProvenPrincipal } from './tenancy-authenticator.adapter.js';

@Injectable()
export class Self {
  constructor(
    private readonly folds: AccessFolds,
    @Inject(SESSION_ISSUER) private readonly sessions: SessionIssuer,
  ) {}

  async of(caller: RequestContext): Promise<Me> {
    const { id, kind, holding } = provenBy(caller);
    const member = kind === 'user' ? await this.folds.member(holding.home, id) : null;
    const { home, roles } = holding;
    return { id, kind, tenant: caller.tenant, home, name: member?.name ?? null, roles, rights: rightsIn(holding, caller.tenant) };
  }

  async startSession(caller: RequestContext): Promise<NewSession> {
    const { id, kind, holding, token } = provenBy(caller);
    const owner = { kind: kind === 'user' ? 'member' : 'service-account', id } as const;
    const session = await this.sessions.issue({ home: holding.home, owner, token });
    return { value: session.value, expiresAt: new Date(session.expiresAt) };
  }
}

function provenBy({ principal }: RequestContext): ProvenPrincipal {
  if (!isProven(principal)) throw rejected('REQUEST_UNAUTHENTICATED', { reason: 'this caller came through another door' });
  return principal;
}
