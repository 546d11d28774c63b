// Access tokens of calls with oauth2 or oidc: asked for at the authority by the way out that every call takes, kept until they expire.
import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { canonicalJson, CLOCK, rejected, Rejection, type Clock } from '@kari/kernel';
import { REDACTOR, type Redactor } from '@kari/platform/telemetry';
import type { OutgoingAnswer } from '@kari/security/contract';
import { decodeJwt } from 'jose';
import * as oauth from 'oauth4webapi';
import { invalid } from './http-request.rules.js';
import { authorityOf, tokenRequestOf, type TokenRequest } from './oauth.rules.js';

/** One request to the authority; what it carries is concealed like any secret. */
export type AskAuthority = (request: {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}) => Promise<OutgoingAnswer>;

export interface Token {
  readonly value: string;
  /** Whether it was asked for now: one that was kept may have been taken back meanwhile. */
  readonly fresh: boolean;
}

const MOST_KEPT = 500;
/** Before its end, so that it does not expire on its way. */
const EARLY_MS = 30_000;

@Injectable()
export class OauthTokens {
  // In order of arrival: the first is the one to drop.
  private readonly kept = new Map<string, { readonly value: string; readonly until: number }>();

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(REDACTOR) private readonly redactor: Redactor,
  ) {}

  /** Where tokens of a policy come from, before any secret of it is known. */
  async endpoint(scheme: 'oauth2' | 'oidc', policy: unknown, ask: AskAuthority): Promise<string> {
    const authority = authorityOf(scheme, policy);
    if (authority.tokenUrl !== null) return authority.tokenUrl;
    const found = await this.withAuthority(authority.issuer, async () => {
      const issuer = new URL(authority.issuer);
      const response = await oauth.discoveryRequest(issuer, { algorithm: 'oidc', ...through(ask) });
      return oauth.processDiscoveryResponse(issuer, response);
    });
    if (found.token_endpoint === undefined || !URL.canParse(found.token_endpoint)) throw invalid('its authority names no token endpoint');
    return found.token_endpoint;
  }

  /** `realm` keeps apart what may not share a token. */
  async token(realm: readonly string[], tokenUrl: string, policy: unknown, ask: AskAuthority): Promise<Token> {
    const request = tokenRequestOf(policy);
    const key = createHash('sha256')
      .update(canonicalJson([...realm, tokenUrl, policy]))
      .digest('hex');
    const known = this.kept.get(key);
    if (known !== undefined && known.until > this.clock.monotonic()) return { value: known.value, fresh: false };
    this.kept.delete(key);
    const { access_token: value, expires_in: seconds } = await this.withAuthority(tokenUrl, () => asked(tokenUrl, request, ask));
    this.redactor.learn(value);
    refuseForeign(value, request.issuers, tokenUrl);
    if (seconds !== undefined) {
      if (this.kept.size >= MOST_KEPT) this.kept.delete(this.kept.keys().next().value!);
      this.kept.set(key, { value, until: this.clock.monotonic() + seconds * 1_000 - EARLY_MS });
    }
    return { value, fresh: true };
  }

  forget(token: string): void {
    for (const [key, { value }] of this.kept) if (value === token) this.kept.delete(key);
  }

  private async withAuthority<T>(url: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof Rejection) throw error;
      const status = error instanceof oauth.ResponseBodyError || error instanceof oauth.WWWAuthenticateChallengeError ? error.status : 401;
      throw rejected('WORKFLOW_AUTHENTICATION_FAILED', { method: 'a token', target: new URL(url).origin, status });
    }
  }
}

async function asked(tokenUrl: string, request: TokenRequest, ask: AskAuthority): Promise<oauth.TokenEndpointResponse> {
  const server = { issuer: new URL(tokenUrl).origin, token_endpoint: tokenUrl };
  const client = { client_id: request.clientId };
  const response = await oauth.genericTokenEndpointRequest(
    server,
    client,
    clientAuthentication(request),
    request.grant,
    new URLSearchParams(request.parameters.map(([name, value]): [string, string] => [name, value])),
    through(ask),
  );
  return oauth.processGenericTokenEndpointResponse(server, client, response);
}

function clientAuthentication({ method, secret, assertion }: TokenRequest): oauth.ClientAuth {
  switch (method) {
    case 'client_secret_basic':
      return oauth.ClientSecretBasic(secret);
    case 'client_secret_jwt':
      return oauth.ClientSecretJwt(secret);
    case 'private_key_jwt':
      return (_, { client_id: id }, body) => {
        body.set('client_id', id);
        body.set('client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
        body.set('client_assertion', assertion);
      };
    case 'none':
      return oauth.None();
    default:
      return oauth.ClientSecretPost(secret);
  }
}

/** Plain http is the way out's to judge: it lets no secret leave by it but for private hosts. */
function through(ask: AskAuthority) {
  return {
    [oauth.allowInsecureRequests]: true,
    [oauth.customFetch]: async (url: string, { method, headers, body }: oauth.CustomFetchOptions<string, unknown>): Promise<Response> => {
      const { 'user-agent': _, ...sent } = headers;
      const text = body instanceof URLSearchParams ? body.toString() : null;
      const answer = await ask({ url, method, headers: sent, body: text });
      const none = answer.status === 204 || answer.status === 304;
      return new Response(none ? null : new Uint8Array(answer.body), { status: answer.status, headers: answer.headers });
    },
  };
}

/** An issuer that nobody can read off a token is not one of those asked for. */
function refuseForeign(token: string, issuers: readonly string[], tokenUrl: string): void {
  if (issuers.length === 0 || issuers.includes(issuerIn(token))) return;
  throw rejected('WORKFLOW_AUTHENTICATION_FAILED', { method: 'a token of another issuer', target: new URL(tokenUrl).origin, status: 401 });
}

function issuerIn(token: string): string {
  try {
    return decodeJwt(token).iss ?? '';
  } catch {
    return '';
  }
}
