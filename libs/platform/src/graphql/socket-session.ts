// Who speaks over one socket: proved when it opens, and again and again while it stays open.
import type { IncomingMessage } from 'node:http';
import { Rejection, type Ids, type Random, type RequestContext } from '@kari/kernel';
import { credentialsOf, headerValues, scopeOf, textsOf, type Authentication, type Credentials } from '@kari/platform/http';
import { inScope, type Logger, type Scope } from '@kari/platform/telemetry';
import { wording } from '@kari/protocol';

/** Codes of the graphql-transport-ws protocol, and of WebSocket itself where it has none. */
export const closeCodes = {
  goingAway: 1001,
  tryAgainLater: 1013,
  badRequest: 4400,
  unauthorized: 4401,
  forbidden: 4403,
  failed: 4500,
} as const;

export interface SessionEnd {
  readonly code: number;
  /** A stable code of the catalogue. */
  readonly reason: string;
}

/** Confirmations that may fail for reasons of ours before the session is given up. */
const MOST_FAILURES = 2;

export class SocketSession {
  readonly scope: Scope;
  private credentials: Credentials | null = null;
  private known: RequestContext | null = null;
  private failures = 0;

  constructor(
    private readonly request: IncomingMessage,
    private readonly authentication: Authentication,
    ids: Ids,
    random: Random,
    private readonly logger: Logger,
  ) {
    this.scope = scopeOf(request, ids, random);
  }

  /** The caller with the rights it holds now; null before it was proved. */
  get caller(): RequestContext | null {
    return this.known;
  }

  /** Credentials may stand in the payload of `connection_init` (browsers can set no header) or in the headers of the upgrade; in both means twice. */
  async open(payload: Readonly<Record<string, unknown>> | undefined): Promise<SessionEnd | null> {
    return inScope({ ...this.scope, inputs: () => [...(this.scope.inputs?.() ?? []), ...textsOf(payload)] }, async () => {
      try {
        this.credentials = this.credentialsWith(payload ?? {});
        this.known = await this.authentication.authenticate(this.credentials);
        return null;
      } catch (error) {
        if (!(error instanceof Rejection)) this.logger.error({ error }, 'a caller could not be authenticated');
        return endOf(error);
      }
    });
  }

  /** Whether the session must end: the credential expired or was revoked, the tenant suspended, or nobody can tell any more. */
  async confirm(): Promise<SessionEnd | null> {
    const { credentials } = this;
    if (credentials === null) return null;
    return inScope(this.scope, async () => {
      try {
        this.known = await this.authentication.confirm(credentials);
        this.failures = 0;
        return null;
      } catch (error) {
        const end = endOf(error);
        const ours = end.code === closeCodes.failed || end.code === closeCodes.tryAgainLater;
        this.failures += 1;
        return ours && this.failures < MOST_FAILURES ? null : end;
      }
    });
  }

  private credentialsWith(payload: Readonly<Record<string, unknown>>): Credentials {
    const base = credentialsOf(this.request, this.scope);
    return {
      authorization: [...base.authorization, ...textsAt(payload, ['authorization'])],
      tenant: [...headerValues(this.request, 'kari-tenant'), ...textsAt(payload, ['tenant', 'kari-tenant'])],
      correlationId: base.correlationId,
      ...(base.traceparent === undefined ? {} : { traceparent: base.traceparent }),
    };
  }
}

function textsAt(payload: Readonly<Record<string, unknown>>, names: readonly string[]): readonly string[] {
  return Object.entries(payload).flatMap(([name, value]) => {
    if (!names.includes(name.toLowerCase())) return [];
    // A list or a number is not one text: two empty values, which no authenticator takes for a credential.
    return typeof value === 'string' ? [value] : ['', ''];
  });
}

function endOf(error: unknown): SessionEnd {
  if (!(error instanceof Rejection)) return { code: closeCodes.failed, reason: 'REQUEST_FAILED' };
  const { kind, code } = wording(error.code, error.facts);
  if (kind === 'unauthenticated') return { code: closeCodes.unauthorized, reason: code };
  if (kind === 'unavailable') return { code: closeCodes.tryAgainLater, reason: code };
  return { code: kind === 'failed' ? closeCodes.failed : closeCodes.forbidden, reason: code };
}
