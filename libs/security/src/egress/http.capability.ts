// `http.fetch`: what an extension may ask of the network. Deny-first; the answer is plain data, never a socket.
import { rejected } from '@kari/kernel';
import type { BrokerCaller, Capability, CapabilityOperation, Verdict } from '@kari/sandbox/contract';
import { z } from 'zod';
import type { Egress } from './egress.js';
import { LARGEST_BODY } from './exchange.js';
import { headerProblem } from './header.rules.js';
import { judgeTarget, METHODS, parseTarget, shownTarget, type HttpScope } from './target.rules.js';

const headerValue = z.union([
  z.string().max(8192),
  z.strictObject({ $secret: z.string().min(1).max(256), prefix: z.string().max(64).optional() }),
]);

const fetchRequest = z.strictObject({
  url: z.string().min(1).max(8192),
  method: z.string().toUpperCase().pipe(z.enum(METHODS)).default('GET'),
  headers: z.record(z.string(), headerValue).default({}),
  /** base64 */
  body: z
    .base64()
    .max(Math.ceil(LARGEST_BODY / 3) * 4)
    .nullish(),
  timeoutMs: z.number().int().min(1).max(60_000).default(10_000),
});
type FetchRequest = z.infer<typeof fetchRequest>;

export function httpCapability(egress: Egress): Capability {
  const fetch: CapabilityOperation<FetchRequest> = {
    name: 'fetch',
    schema: fetchRequest,
    audit: 'all',
    allows: allowsFetch,
    perform: (caller, request) => perform(egress, caller, request),
    // Path and query stay out of the trail: they may hold what is secret.
    subject: (request) => `host:${originOf(request.url)}`,
  };
  return { name: 'http', openToAll: false, operations: [fetch] };
}

function allowsFetch(scopes: readonly Readonly<Record<string, unknown>>[], request: Pick<FetchRequest, 'url' | 'method'>): Verdict {
  const parsed = parseTarget(request.url);
  if (!parsed.ok) return { allowed: false, why: parsed.why };
  return judgeTarget(scopes as unknown as readonly HttpScope[], parsed.target, request.method);
}

async function perform(egress: Egress, caller: BrokerCaller, request: FetchRequest) {
  const problem = headerProblem(request.headers as never);
  if (problem !== null) throw rejected('SECURITY_EGRESS_HEADER_REFUSED', { ...problem });
  const body = request.body === undefined || request.body === null ? null : Buffer.from(request.body, 'base64');
  if (body !== null && (request.method === 'GET' || request.method === 'HEAD')) {
    throw rejected('SECURITY_EGRESS_URL_INVALID', { reason: `${request.method} takes no body` });
  }
  const answer = await egress.fetch(caller, {
    url: request.url,
    method: request.method,
    headers: request.headers as never,
    body,
    timeoutMs: request.timeoutMs,
  });
  return { status: answer.status, headers: answer.headers, body: answer.body.toString('base64'), url: answer.url };
}

function originOf(url: string): string {
  const parsed = parseTarget(url);
  return parsed.ok ? shownTarget(parsed.target) : 'unreadable';
}
