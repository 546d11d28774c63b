// One request of a workflow and its answer: sent through the platform's own way out, authenticated, with secrets that the host alone gets to see.
import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { derivedId, RANDOM, rejected, type Random } from '@kari/kernel';
import { SECRETS, WORKFLOWS, type Secrets } from '@kari/data/contract';
import { formatTraceparent, parseTraceparent } from '@kari/platform/telemetry';
import { OUTGOING_CALLS, type ConcealedParts, type OutgoingAnswer, type OutgoingCall, type OutgoingCalls } from '@kari/security/contract';
import { EVALUATOR, type Evaluator } from '../expression/evaluator.js';
import { isJsonObject, type Json } from '../json.js';
import type { EffectRequest } from '../run/engine-parts.js';
import type { CallArguments } from './call-arguments.rules.js';
import { madeWhole, type SecretParts } from './call-secrets.js';
import { authenticationOf, challengeIn, digestAnswer, textsOf, type Authentication, type Hash } from './credentials.rules.js';
import { outputOf, succeeded, type HttpRequest } from './http-request.rules.js';
import { OauthTokens, type AskAuthority } from './oauth-tokens.js';

/** For the whole exchange; the timeout of a task can only shorten it. */
const LONGEST_CALL_MS = 60_000;
const LONGEST_KEY = 255;
const SAFE = ['GET', 'HEAD', 'OPTIONS'];

export interface Prepared {
  /** Without anything that a secret makes whole. */
  readonly plain: HttpRequest;
  readonly authentication: { readonly template: Json | undefined; readonly made: unknown; readonly pointer: string };
  readonly bodyIsSecret: boolean;
  /** Default: HTTP/1.1. */
  readonly protocol?: 'h2';
  /** With everything; absent where no secret is needed but for the authentication. */
  readonly whole?: (secrets: SecretParts) => Promise<{ readonly request: HttpRequest; readonly secrets: readonly string[] }>;
}

@Injectable()
export class HttpExchange {
  constructor(
    @Inject(OUTGOING_CALLS) private readonly outgoing: OutgoingCalls,
    @Inject(SECRETS) private readonly secrets: Secrets,
    @Inject(EVALUATOR) private readonly evaluator: Evaluator,
    @Inject(RANDOM) private readonly random: Random,
    @Inject(OauthTokens) private readonly tokens: OauthTokens,
  ) {}

  async perform(effect: EffectRequest, prepared: Prepared): Promise<unknown> {
    return outputOf(prepared.plain, await this.answer(effect, prepared));
  }

  /** The answer as it came; a status that is a failure is thrown. */
  async answer(effect: EffectRequest, prepared: Prepared): Promise<OutgoingAnswer> {
    const { plain } = prepared;
    const answer = await this.exchanged(effect, prepared);
    if (succeeded(answer, plain.redirect)) return answer;
    const facts = { method: plain.method, target: new URL(plain.url).origin, status: answer.status };
    const refused = answer.status === 401 && prepared.authentication.made !== undefined;
    throw rejected(refused ? 'WORKFLOW_AUTHENTICATION_FAILED' : 'WORKFLOW_HTTP_STATUS', facts);
  }

  private async exchanged(effect: EffectRequest, prepared: Prepared): Promise<OutgoingAnswer> {
    const { authentication, plain } = prepared;
    const secrets = this.secretsFor(effect, plain.url);
    const login = async (): Promise<{ readonly of: Authentication | null; readonly secrets: readonly string[] }> => {
      const { template, made, pointer } = authentication;
      const whole = await madeWhole(template, made, secrets, pointer);
      return { of: authenticationOf(whole.value), secrets: whole.secrets };
    };
    const scheme = schemeOf(authentication.made);
    if (scheme === 'oauth2' || scheme === 'oidc') return this.answerWithToken(effect, prepared, secrets, scheme);
    const first = await this.send(effect, prepared, secrets, async () => {
      const { of, secrets: found } = scheme === 'digest' ? NO_LOGIN : await login();
      return { authorization: of === null ? null : authorizationOf(of), secrets: found };
    });
    const challenge = scheme === 'digest' && first.status === 401 ? challengeIn(first.headers['www-authenticate']) : null;
    if (challenge === null) return first;
    return this.send(effect, prepared, secrets, async () => {
      const { of, secrets: found } = await login();
      if (of?.scheme !== 'digest') return { authorization: null, secrets: found };
      const { pathname, search } = new URL(plain.url);
      const cnonce = Buffer.from(this.random.bytes(16)).toString('hex');
      return {
        authorization: digestAnswer(of, challenge, { method: plain.method, uri: `${pathname}${search}`, cnonce }, hash),
        secrets: found,
      };
    });
  }

  /** A token that was kept and is refused is asked for anew, once. */
  private async answerWithToken(
    effect: EffectRequest,
    prepared: Prepared,
    secrets: SecretParts,
    scheme: 'oauth2' | 'oidc',
  ): Promise<OutgoingAnswer> {
    const { template, made, pointer } = prepared.authentication;
    const ask: AskAuthority = ({ url, method, headers, body }) =>
      this.sendTo(effect, { url, method, headers, body: body === null ? null : Buffer.from(body), follow: false });
    const tokenUrl = await this.tokens.endpoint(scheme, propertiesOf(made, scheme), ask);
    const whole = await madeWhole(template, made, this.secretsFor(effect, tokenUrl), pointer);
    const concealing: AskAuthority = ({ url, method, headers: { authorization, ...headers }, body }) =>
      this.sendTo(effect, {
        url,
        method,
        headers,
        body: null,
        follow: false,
        conceal: () =>
          Promise.resolve({
            headers: authorization === undefined ? {} : { authorization },
            body: body === null ? null : Buffer.from(body),
            values: whole.secrets,
          }),
      });
    const realm = [effect.tenant, ownerOf(effect) ?? ''];
    for (let last = false; ; last = true) {
      const token = await this.tokens.token(realm, tokenUrl, propertiesOf(whole.value, scheme), concealing);
      const answer = await this.send(effect, prepared, secrets, () =>
        Promise.resolve({ authorization: `Bearer ${token.value}`, secrets: [...whole.secrets, token.value] }),
      );
      if (answer.status !== 401 || token.fresh || last) return answer;
      this.tokens.forget(token.value);
    }
  }

  private send(
    effect: EffectRequest,
    { plain, whole, bodyIsSecret, authentication, protocol }: Prepared,
    secrets: SecretParts,
    authorize: () => Promise<{ readonly authorization: string | null; readonly secrets: readonly string[] }>,
  ): Promise<OutgoingAnswer> {
    const conceal = async (): Promise<ConcealedParts> => {
      const made = await whole?.(secrets);
      const { authorization, secrets: found } = await authorize();
      const headers = Object.entries(made?.request.headers ?? {}).filter(([name]) => !Object.hasOwn(plain.headers, name));
      const body = bodyIsSecret ? made?.request.body : undefined;
      const values = [...(made?.secrets ?? []), ...found];
      return {
        headers: {
          ...Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value])),
          ...(authorization === null ? {} : { authorization }),
        },
        body: bytesOf(body),
        // What is made of a secret gives it away as well.
        values: found.length === 0 || authorization === null ? values : [...values, ...partsOf(authorization)],
      };
    };
    return this.sendTo(effect, {
      url: plain.url,
      method: plain.method,
      headers: { ...ownHeaders(effect, plain), ...plain.headers },
      body: bytesOf(plain.body),
      follow: plain.redirect,
      ...(protocol === undefined ? {} : { protocol }),
      ...(whole === undefined && authentication.made === undefined ? {} : { conceal }),
    });
  }

  private sendTo(
    effect: EffectRequest,
    call: Pick<OutgoingCall, 'url' | 'method' | 'headers' | 'body' | 'follow' | 'conceal' | 'protocol'>,
  ): Promise<OutgoingAnswer> {
    const { tenant, correlationId, signal } = effect;
    return this.outgoing.send({ tenant, owner: ownerOf(effect), correlationId, signal, timeoutMs: LONGEST_CALL_MS, ...call });
  }

  /** Each secret is looked up once a call, however often it is named. */
  private secretsFor(effect: EffectRequest, url: string): SecretParts {
    const { tenant, run, task, correlationId, document } = effect;
    const revealed = new Map<string, Promise<string>>();
    const { host } = new URL(url);
    const reveal = (name: string): Promise<string> => {
      const extension = ownerOf(effect) ?? WORKFLOWS;
      if (!(document.use?.secrets ?? []).includes(name))
        throw rejected('DATA_SECRET_DENIED', { name, extension, host, reason: 'it is not among use.secrets' });
      const known = revealed.get(name) ?? this.secrets.reveal({ tenant, extension, handle: name, host, correlationId, run });
      revealed.set(name, known);
      return known;
    };
    const input = 'input' in (task.arguments as CallArguments) ? (task.arguments as CallArguments).input : task.input;
    return { evaluator: this.evaluator, input, variables: { ...task.variables, input }, reveal };
  }
}

function bytesOf(body: HttpRequest['body'] | undefined): Buffer | null {
  if (body === undefined || body === null) return null;
  return typeof body === 'string' ? Buffer.from(body) : Buffer.from(body);
}

function schemeOf(policy: unknown): string | undefined {
  return isJsonObject(policy) ? Object.keys(policy)[0] : undefined;
}

function propertiesOf(policy: unknown, scheme: string): unknown {
  return isJsonObject(policy) ? policy[scheme] : undefined;
}

const NO_LOGIN = { of: null, secrets: [] } as const;

/** The extension that brought the workflow along; null: it is the tenant's own. */
export function ownerOf({ workflow }: EffectRequest): string | null {
  return workflow.includes('/') ? workflow.slice(0, workflow.indexOf('/')) : null;
}

function authorizationOf(authentication: Authentication): string | null {
  switch (authentication.scheme) {
    case 'basic':
      return `Basic ${Buffer.from(`${authentication.username}:${authentication.password}`).toString('base64')}`;
    case 'bearer':
      return `Bearer ${authentication.token}`;
    default:
      return null;
  }
}

function partsOf(authorization: string): readonly string[] {
  return textsOf(authorization.slice(authorization.indexOf(' ') + 1));
}

const hash: Hash = (algorithm, text) => createHash(algorithm).update(text).digest('hex');

/** What lets a host tell a repeat from another call, and whoever looks on what belongs together. */
function ownHeaders(effect: EffectRequest, { method }: HttpRequest): Readonly<Record<string, string>> {
  const { run, key, task, traceparent } = effect;
  const parent = parseTraceparent(traceparent) ?? { traceId: run.replaceAll('-', ''), spanId: '', sampled: false };
  const spanId = derivedId('span', key, task.attempt).replaceAll('-', '').slice(0, 16);
  const trace = { traceparent: formatTraceparent({ ...parent, spanId }) };
  return SAFE.includes(method) ? trace : { ...trace, 'idempotency-key': keyShown(effect) };
}

/** The author's own name of the effect goes out as it is; ours, which tells of the inside of a workflow, does not. */
function keyShown({ key, run, task }: EffectRequest): string {
  const own = (task.arguments as CallArguments).key;
  if (own === undefined) return derivedId('idempotency', run, key);
  if (/^[\x21-\x7e]+$/.test(own) && own.length <= LONGEST_KEY) return own;
  return derivedId('idempotency', own);
}
