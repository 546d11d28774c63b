// Carries out one request of an extension or a workflow: every hop is parsed, held against the grants, resolved once, judged and pinned. Fails closed.
import type { IncomingHttpHeaders } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { EVENT_STORE, rejected, Rejection, TIMERS, Unavailable, type EventStore, type Timers } from '@kari/kernel';
import { SECRETS, type Secrets } from '@kari/data/contract';
import { StreamFolds } from '@kari/platform/command-bus';
import type { BrokerCaller } from '@kari/sandbox/contract';
import type { ConcealedParts } from '../contract.js';
import { isAddressLiteral, judgeAddress } from './address.rules.js';
import { ConnectionPools } from './connection-pools.js';
import { echoCover } from './echo.rules.js';
import { EgressMeter } from './egress-meter.js';
import { ACCEPTED_ENCODINGS, exchange, LARGEST_BODY, type ExchangeAnswer } from './exchange.js';
import { concealedAfterRedirect, headerProblem, headersAfterRedirect, isHeaderText, type RequestHeaders } from './header.rules.js';
import { exchangeOverHttp2 } from './exchange-http2.js';
import { EGRESS_RESOLVER, type EgressResolver, type WireProtocol } from './network.js';
import { networkReason } from './network-failure.rules.js';
import { isOpenTo, PRIVATE_HOSTS, privateHostDecider, type PrivateHosts } from './private-host.decider.js';
import type { PrivateHostEvent } from './private-host.events.js';
import { isRedirect, MOST_REDIRECTS, nextHop } from './redirect.rules.js';
import { judgeTarget, parseTarget, shownTarget, type HttpScope, type Target } from './target.rules.js';

export interface EgressRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: RequestHeaders;
  readonly body: Buffer | null;
  readonly timeoutMs: number;
  /** Without a byte moving. Default 10 s. */
  readonly idleMs?: number;
  /** Default: true. */
  readonly follow?: boolean;
  /** Default: `http/1.1`. Over `h2` nothing is compressed and no redirect is followed. */
  readonly protocol?: WireProtocol;
  /** Asked for once, when it is certain where the first request goes. */
  readonly conceal?: () => Promise<ConcealedParts>;
}

export interface EgressAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Where the answer came from, after redirects. */
  readonly url: string;
  /** What came behind the body; empty but over `h2`. */
  readonly trailers: Readonly<Record<string, string>>;
  /** Takes out of a text what the request kept secret. */
  readonly covered: (text: string) => string;
}

type Caller = Pick<BrokerCaller, 'tenant' | 'extension' | 'correlationId' | 'deadlineMs' | 'signal' | 'scopes'>;

interface Place {
  readonly target: Target;
  /** Judged, in the resolver's order; not empty. */
  readonly addresses: readonly string[];
  /** Whether all of them are public. */
  readonly public: boolean;
}

/** What one hop takes along. */
interface Wired {
  readonly headers: RequestHeaders;
  readonly body: Buffer | null;
  /** What must not come back; grows with each secret that is looked up. */
  readonly revealed: Set<string>;
  readonly concealed: ConcealedParts | null;
}

/** What the broker decodes is no longer what these describe. */
const DROPPED_FROM_ANSWER = new Set(['content-encoding', 'content-length', 'transfer-encoding', 'connection', 'keep-alive']);

@Injectable()
export class Egress {
  private readonly privateHosts: StreamFolds<PrivateHostEvent, PrivateHosts>;

  constructor(
    @Inject(EGRESS_RESOLVER) private readonly resolver: EgressResolver,
    @Inject(ConnectionPools) private readonly pools: ConnectionPools,
    @Inject(EgressMeter) private readonly meter: EgressMeter,
    @Inject(SECRETS) private readonly secrets: Secrets,
    @Inject(TIMERS) private readonly timers: Timers,
    @Inject(EVENT_STORE) store: EventStore,
  ) {
    this.privateHosts = new StreamFolds(store, privateHostDecider);
  }

  async fetch(caller: Caller, request: EgressRequest): Promise<EgressAnswer> {
    const milliseconds = Math.min(request.timeoutMs, caller.deadlineMs);
    const late = new AbortController();
    const host = hostOf(request.url);
    const timer = this.timers.after(milliseconds, () =>
      late.abort(rejected('SECURITY_EGRESS_TIMEOUT', { host, phase: 'total', milliseconds })),
    );
    try {
      const signal = AbortSignal.any([caller.signal, late.signal]);
      // A resolver or a vault that does not answer must not outlast the deadline either.
      return await Promise.race([this.follow(caller, request, signal), whenAborted(signal)]);
    } catch (error) {
      if (error instanceof Rejection) throw error;
      if (late.signal.aborted) throw late.signal.reason;
      // Ours, not the host's: what is open to whom could not be asked.
      if (error instanceof Unavailable) throw rejected('REQUEST_UNAVAILABLE', { reason: error.reason });
      // The error of a socket may name addresses, paths and certificates of the host: only a reason in words goes on.
      throw rejected('SECURITY_EGRESS_FAILED', { host, reason: caller.signal.aborted ? 'the call was cancelled' : networkReason(error) });
    } finally {
      timer.cancel();
    }
  }

  /** As the log has them now. */
  async openPrivateHosts(): Promise<PrivateHosts> {
    return (await this.privateHosts.read(PRIVATE_HOSTS)).state;
  }

  private async follow(caller: Caller, request: EgressRequest, signal: AbortSignal): Promise<EgressAnswer> {
    let { method, headers, body } = request;
    let target = declaredTarget(caller, request.url, method);
    const revealed = new Set<string>();
    let concealed: ConcealedParts | null = null;
    for (let hops = 0; ; hops += 1) {
      const place = await this.placeOf(caller.tenant, target);
      signal.throwIfAborted();
      this.meter.admit(caller);
      if (hops === 0 && request.conceal !== undefined) concealed = await concealedFor(place, request.conceal, revealed);
      const { idleMs, protocol = 'http/1.1' } = request;
      const answer = await this.exchangeAt(caller, place, { method, headers, body, signal, revealed, concealed, idleMs, protocol });
      const { location } = answer.headers;
      if (request.follow === false || protocol === 'h2' || !isRedirect(answer.status, location)) return answered(answer, target, revealed);

      if (hops === MOST_REDIRECTS) throw rejected('SECURITY_EGRESS_REDIRECT_LIMIT', { host: target.host, limit: MOST_REDIRECTS });
      const parsed = parseTarget(location, target.url);
      if (!parsed.ok) throw refusedRedirect(target, 'an address that cannot be used', parsed.why);
      const hop = nextHop(answer.status, method, target, parsed.target);
      const verdict = hop.refusal === null ? judgeTarget(caller.scopes as unknown as HttpScope[], parsed.target, hop.method) : null;
      const refusal = hop.refusal ?? (verdict?.allowed === false ? verdict.why : null);
      if (refusal !== null) throw refusedRedirect(target, shownTarget(parsed.target), refusal);
      const kept = concealedAfterRedirect(concealed, hop);
      if (kept === 'refused') throw refusedRedirect(target, shownTarget(parsed.target), 'it would take a secret in the body along');
      concealed = kept;
      headers = headersAfterRedirect(headers, hop);
      ({ method } = hop);
      if (hop.dropsBody) body = null;
      target = parsed.target;
    }
  }

  /** Resolves once; one forbidden address among many refuses the name. */
  private async placeOf(tenant: string, target: Target): Promise<Place> {
    const found = isAddressLiteral(target.host) ? [target.host] : await this.resolve(target.host);
    if (found.length === 0) throw rejected('SECURITY_EGRESS_NAME_UNRESOLVED', { host: target.host });
    const verdicts = found.map(judgeAddress);
    const opened = verdicts.every((verdict) => verdict.public) ? null : await this.openPrivateHosts();
    for (const verdict of verdicts) {
      if (verdict.public) continue;
      if (verdict.openable && opened !== null && isOpenTo(opened, tenant, target.host, verdict.address)) continue;
      throw rejected('SECURITY_EGRESS_ADDRESS_FORBIDDEN', { host: target.host, address: verdict.address, range: verdict.range });
    }
    return { target, addresses: verdicts.map(({ address }) => address), public: opened === null };
  }

  private async resolve(host: string): Promise<readonly string[]> {
    try {
      return await this.resolver.resolve(host);
    } catch {
      throw rejected('SECURITY_EGRESS_NAME_UNRESOLVED', { host });
    }
  }

  private async exchangeAt(
    caller: Caller,
    place: Place,
    request: Wired & { method: string; signal: AbortSignal; idleMs: number | undefined; protocol: WireProtocol },
  ): Promise<ExchangeAnswer> {
    const { target } = place;
    const body = bodyOf(request);
    const headers = await this.wireHeaders(caller, place, { ...request, body });
    for (const [index, address] of place.addresses.entries()) {
      const { method, signal, idleMs, protocol } = request;
      const one = { target, method, headers, body, signal, idleMs, timers: this.timers };
      try {
        if (protocol === 'h2') return await exchangeOverHttp2({ ...one, socket: await this.pools.dial(caller, target, address, protocol) });
        return await exchange({ ...one, agent: this.pools.poolOf(caller, target, address) });
      } catch (error) {
        // The next judged address is tried only where this one certainly took nothing.
        if (!neverConnected(error) || index === place.addresses.length - 1) throw error;
      }
    }
    throw rejected('SECURITY_EGRESS_NAME_UNRESOLVED', { host: target.host });
  }

  /** Secrets are looked up last, once it is certain where they go. */
  private async wireHeaders(caller: Caller, place: Place, { headers, body, revealed, concealed }: Wired): Promise<Record<string, string>> {
    const wire: Record<string, string> = { 'accept-encoding': ACCEPTED_ENCODINGS, 'user-agent': 'kari' };
    for (const [name, value] of Object.entries(headers)) {
      if (typeof value === 'string') wire[name.toLowerCase()] = value;
      else {
        const secret = await this.secretOf(caller, place, name, value.$secret);
        revealed.add(secret);
        wire[name.toLowerCase()] = `${value.prefix ?? ''}${secret}`;
      }
    }
    Object.assign(wire, concealed?.headers);
    wire['host'] = place.target.url.host;
    wire['connection'] = 'keep-alive';
    if (body !== null) wire['content-length'] = String(body.length);
    return wire;
  }

  private async secretOf(caller: Caller, place: Place, header: string, handle: string): Promise<string> {
    const { target } = place;
    if (target.scheme === 'http' && place.public) {
      throw rejected('SECURITY_EGRESS_HEADER_REFUSED', { header, reason: 'a secret leaves by https only' });
    }
    const { tenant, extension, correlationId } = caller;
    const value = await this.secrets.reveal({ tenant, extension, handle, host: target.url.host, correlationId });
    if (!isHeaderText(value))
      throw rejected('SECURITY_EGRESS_HEADER_REFUSED', { header, reason: 'the secret holds a character that no header may hold' });
    return value;
  }
}

/** Secrets are looked up last, once it is certain where they go. */
async function concealedFor(place: Place, conceal: () => Promise<ConcealedParts>, revealed: Set<string>): Promise<ConcealedParts> {
  const concealed = await conceal();
  const [header = 'body'] = Object.keys(concealed.headers);
  if (concealed.values.length > 0 && place.target.scheme === 'http' && place.public) {
    throw rejected('SECURITY_EGRESS_HEADER_REFUSED', { header, reason: 'a secret leaves by https only' });
  }
  // Judged by name alone: the words of a refusal must not hold what is concealed.
  const problem = headerProblem(concealed.headers);
  if (problem !== null) throw rejected('SECURITY_EGRESS_HEADER_REFUSED', { ...problem });
  if (concealed.body !== null && concealed.body.length > LARGEST_BODY)
    throw rejected('SECURITY_EGRESS_TOO_LARGE', { host: place.target.host, part: 'request', limit: LARGEST_BODY });
  for (const value of concealed.values) revealed.add(value);
  return concealed;
}

function bodyOf({ body, concealed }: Wired): Buffer | null {
  return concealed?.body ?? body;
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

function declaredTarget(caller: Caller, url: string, method: string): Target {
  const parsed = parseTarget(url);
  if (!parsed.ok) throw rejected('SECURITY_EGRESS_URL_INVALID', { reason: parsed.why });
  const verdict = judgeTarget(caller.scopes as unknown as HttpScope[], parsed.target, method);
  if (verdict.allowed) return parsed.target;
  throw rejected('SECURITY_EGRESS_UNDECLARED', { extension: caller.extension, target: shownTarget(parsed.target), reason: verdict.why });
}

function refusedRedirect(from: Target, target: string, reason: string): Rejection {
  return rejected('SECURITY_EGRESS_REDIRECT_REFUSED', { host: from.host, target, reason });
}

function neverConnected(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === 'ECONNREFUSED' || code === 'EHOSTUNREACH' || code === 'ENETUNREACH';
}

/** What the extension gets to see: without the secrets that the request carried, should they come back. */
function answered(answer: ExchangeAnswer, target: Target, revealed: ReadonlySet<string>): EgressAnswer {
  const cover = echoCover(revealed);
  const shown = (given: IncomingHttpHeaders = {}): Record<string, string> => {
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(given)) {
      if (value === undefined || DROPPED_FROM_ANSWER.has(name)) continue;
      headers[name] = cover(Array.isArray(value) ? value.join(', ') : value);
    }
    return headers;
  };
  // Byte for byte: a body need not be text.
  const body = revealed.size === 0 ? answer.body : Buffer.from(cover(answer.body.toString('latin1')), 'latin1');
  return {
    status: answer.status,
    headers: shown(answer.headers),
    body,
    url: cover(target.url.href),
    trailers: shown(answer.trailers),
    covered: cover,
  };
}

export function hostOf(url: string): string {
  const parsed = parseTarget(url);
  return parsed.ok ? parsed.target.host : '?';
}
