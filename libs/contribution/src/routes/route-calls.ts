// The way of one call of a route: who, how often, which route, may they, what do they send; then its handler, and what it may answer.
import { Inject, Injectable } from '@nestjs/common';
import { derivedId, IDS, rejected, Rejection, Unavailable, type Ids, type RequestContext } from '@kari/kernel';
import { readAnswer } from '@kari/package';
import { asRejection } from '@kari/platform/http';
import { RATE_LIMITER, rateIn, type Asking, type RateLimiter } from '@kari/platform/quotas';
import { inScope, withSpan } from '@kari/platform/telemetry';
import { visible } from '@kari/protocol';
import type { HttpRateLimit } from '@kari/protocol/manifest';
import { BrokerError, type RouteAnswer, type RouteCall, type RouteCaller } from '@kari/protocol/broker';
import { SANDBOX_OBSERVER, SANDBOXES, type SandboxObserver, type Sandboxes, type SandboxWire } from '@kari/sandbox/contract';
import { retryAfter, statusOf, toldAtTheDoor, toldOf, unknownRoute } from './failure.rules.js';
import { bodyTypeOf } from './media.rules.js';
import { isOwnPage } from './origin.rules.js';
import type { RouteAsk, RouteReply } from './route-ask.js';
import { incomingContent, outgoingContent } from './route-content.js';
import { RouteDirectory } from './route-directory.js';
import { CALL_RIGHT, RouteDoor, type Visitor } from './route-door.js';
import { RouteLoad } from './route-load.js';
import { isOriginOpen, labelOf, type RoutePlace } from './route-place.rules.js';
import { extensionProblem, problemReply } from './route-replies.js';
import { checkedRequest, type CheckedRequest, type HeldBytes } from './route-request.js';
import { brokenAnswer } from './route-schemas.js';
import { RouteTrail } from './route-trail.js';

/** For a handler, whatever its resource class allows. */
const CALL_MS = 30_000;
const DEFAULT_RATE: HttpRateLimit = { requests: 60 };

@Injectable()
export class RouteCalls {
  constructor(
    private readonly directory: RouteDirectory,
    private readonly door: RouteDoor,
    private readonly load: RouteLoad,
    private readonly trail: RouteTrail,
    @Inject(RATE_LIMITER) private readonly rates: RateLimiter,
    @Inject(SANDBOXES) private readonly sandboxes: Sandboxes,
    @Inject(SANDBOX_OBSERVER) private readonly observer: SandboxObserver,
    @Inject(IDS) private readonly ids: Ids,
  ) {}

  /** Never throws for anything that a caller or an extension does. */
  async answer(ask: RouteAsk): Promise<RouteReply> {
    let visitor: Visitor;
    try {
      visitor = await this.door.enter(ask);
      await this.count(ask, visitor);
    } catch (error) {
      return refusalReply(toldAtTheDoor(asRejection(error), ask.method));
    }
    const { context } = visitor;
    const scope = { correlationId: context.correlationId, tenant: context.tenant, actor: context.principal.id };
    const traced = context.traceparent === undefined ? {} : { traceparent: context.traceparent };
    return inScope(scope, () => withSpan('route.call', { kind: 'server', ...traced }, () => this.attend(ask, visitor)));
  }

  /** Every way out of here has left exactly one entry. */
  private async attend(ask: RouteAsk, visitor: Visitor): Promise<RouteReply> {
    const { context } = visitor;
    const leaving: (() => void)[] = [];
    let subject = `extension:${ask.extension}`;
    let recorded = false;
    try {
      const { place, params } = this.find(ask, visitor);
      subject = `route:${labelOf(place)}`;
      demandOrigin(ask, place);
      const caller = await this.door.admit(visitor, place);
      await this.countRoute(ask, visitor, place).catch((error: unknown) => {
        // A refusal by rate has its own entry: one for each bout.
        recorded = error instanceof Rejection;
        throw error;
      });
      leaving.push(this.load.enter(place.tenant, place.extension));
      const hold: HeldBytes = (bytes) => leaving.push(this.load.hold(bytes));
      const request = await checkedRequest(place, ask, params, hold);
      const isChange = place.route.method !== 'GET';
      if (isChange) {
        // An effect that no entry tells of could not be taken back.
        await this.trail.record(context, CALL_RIGHT, subject, null);
        recorded = true;
      }
      const reply = await this.call(place, ask, context, caller, request, hold);
      if (!isChange) await this.trail.record(context, CALL_RIGHT, subject, null);
      return reply;
    } catch (error) {
      const refusal = asRejection(error);
      if (recorded) return refusalReply(refusal);
      return await this.trail.record(context, CALL_RIGHT, subject, refusal).then(
        () => refusalReply(refusal),
        (untold: unknown) => refusalReply(asRejection(untold)),
      );
    } finally {
      for (const leave of leaving) leave();
    }
  }

  private find(ask: RouteAsk, { context, isAnonymous }: Visitor): { place: RoutePlace; params: Readonly<Record<string, string>> } {
    const looked = this.directory.find(context.tenant, ask.extension, ask.method, ask.parts);
    if (looked.kind === 'found') return looked;
    if (!isAnonymous) this.door.demandCall(context);
    if (looked.kind === 'none') throw unknownRoute(ask.method);
    throw rejected('CONTRIBUTION_ROUTE_METHOD', { method: ask.method.slice(0, 20), allowed: looked.allowed });
  }

  private count({ credentials }: RouteAsk, { context, account }: Visitor): Promise<void> {
    return this.rates.operations(askingOf(context, credentials.correlationId), account, 1);
  }

  private countRoute({ address }: RouteAsk, { context, isAnonymous }: Visitor, { name, extension, route }: RoutePlace): Promise<void> {
    const { requests, seconds = 60, per = 'caller' } = route.rateLimit ?? DEFAULT_RATE;
    const whose = per === 'tenant' ? '' : per === 'address' || isAnonymous ? `~${address}` : `~${context.principal.id}`;
    const use = { extension, share: `${name}${whose}`, rate: rateIn(requests, seconds) };
    return this.rates.routeCall(askingOf(context, context.correlationId), use);
  }

  private async call(
    place: RoutePlace,
    ask: RouteAsk,
    context: RequestContext,
    caller: RouteCaller,
    request: CheckedRequest,
    hold: HeldBytes,
  ): Promise<RouteReply> {
    try {
      return (await this.sandboxes.invoke({
        tenant: place.tenant,
        extension: place.extension,
        handler: `route:${place.name}`,
        input: null,
        context: {
          correlationId: context.correlationId,
          actor: { id: context.principal.id, kind: context.principal.kind },
          idempotencyKey: this.keyOf(place, context),
          ...(context.traceparent === undefined ? {} : { traceparent: context.traceparent }),
        },
        deadlineMs: CALL_MS,
        signal: ask.signal,
        depth: 0,
        exchange: (wire) => this.exchange(place, ask, caller, request, wire, hold),
      })) as RouteReply;
    } catch (error) {
      throw this.told(place, context, error);
    }
  }

  private async exchange(
    place: RoutePlace,
    ask: RouteAsk,
    caller: RouteCaller,
    request: CheckedRequest,
    wire: SandboxWire,
    hold: HeldBytes,
  ): Promise<RouteReply> {
    const outgoing = outgoingContent(request.content, wire);
    const { content } = outgoing;
    const call: RouteCall = {
      method: place.route.method,
      path: ask.path,
      params: request.params,
      query: request.query,
      headers: request.headers,
      caller,
      bodyType: content === undefined ? null : bodyTypeOf(place.route),
      ...(request.contentType === null ? {} : { contentType: request.contentType }),
      ...(content === undefined ? {} : { content }),
    };
    try {
      const read = readAnswer(await wire.send(call), place.extension);
      if ('fault' in read) throw brokenAnswer(place, { pointer: '/', reason: read.fault });
      return await replyOf(place, read.answer, wire, hold);
    } finally {
      outgoing.done();
    }
  }

  private told(place: RoutePlace, { correlationId }: RequestContext, error: unknown): Rejection | Unavailable {
    // The pipe itself failed under a stream: the extension sent what it may not, or has ended.
    const failure = error instanceof BrokerError ? rejected('PLUGIN_FAILED', { message: error.message }) : error;
    if (!(failure instanceof Rejection)) throw failure;
    const told = toldOf(failure, place);
    if (told.code === 'CONTRIBUTION_ROUTE_FAILED' || told.code === 'CONTRIBUTION_ROUTE_ANSWER') {
      const { tenant, extension, version, name } = place;
      const { message, reason } = failure.facts;
      const words = [reason, message].find((text) => typeof text === 'string') ?? failure.code;
      const line = `route ${name}: ${failure.code}: ${visible(String(words)).slice(0, 500)}`;
      this.observer.logged({ tenant, extension, version, level: 'error', message: line, correlationId, source: 'host' });
    }
    return told;
  }

  /** Another caller's key must never name the same effect, so the key is made the caller's own (its `commandId` is already). */
  private keyOf({ tenant, extension, name }: RoutePlace, { principal, commandId }: RequestContext): string {
    return commandId === undefined ? this.ids.next() : derivedId('route-call', tenant, principal.id, extension, name, commandId);
  }
}

function demandOrigin(ask: RouteAsk, place: RoutePlace): void {
  const [origin, ...more] = ask.header('origin');
  if (origin === undefined) return;
  if (more.length === 0 && (isOwnPage(origin, ask.header('host')) || isOriginOpen(place, origin))) return;
  throw rejected('CONTRIBUTION_ROUTE_ORIGIN', { origin: origin.slice(0, 200), extension: place.extension });
}

async function replyOf(
  place: RoutePlace,
  { status, headers, content, problem }: RouteAnswer,
  wire: SandboxWire,
  hold: HeldBytes,
): Promise<RouteReply> {
  if (problem !== undefined) return extensionProblem(place, status, headers, problem);
  if (content === undefined) return { status, headers, body: null };
  const type = place.route.responseType ?? 'application/json';
  const body = await incomingContent(place, content, wire, hold);
  return { status, headers: { ...headers, 'content-type': type.startsWith('text/') ? `${type}; charset=utf-8` : type }, body };
}

function refusalReply(refusal: Rejection): RouteReply {
  const wait = retryAfter(refusal);
  const { allowed } = refusal.facts;
  return problemReply(refusal, statusOf(refusal), {
    ...(wait === null ? {} : { 'retry-after': String(wait) }),
    ...(refusal.code === 'CONTRIBUTION_ROUTE_METHOD' && Array.isArray(allowed) ? { allow: allowed.join(', ') } : {}),
  });
}

function askingOf({ tenant, principal }: RequestContext, correlationId: string): Asking {
  return { tenant, actor: principal.id, actorKind: principal.kind, operation: 'request.limit', correlationId };
}
