// Gives every request its correlation id and trace, says them in the answer, and binds them to all that the request sets in motion.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Ids, Random } from '@kari/kernel';
import { currentScope, inScope, traceparentFrom, type Scope } from '@kari/platform/telemetry';
import { headerValues, isUuid } from './credentials.js';

const MOST_INPUTS = 500;

export function requestScope(ids: Ids, random: Random) {
  return (request: IncomingMessage & { body?: unknown }, response: ServerResponse, next: () => void): void => {
    const scope = scopeOf(request, ids, random);
    response.setHeader('X-Correlation-Id', scope.correlationId);
    if (scope.traceparent !== undefined) response.setHeader('traceparent', scope.traceparent);
    inScope(scope, next);
  };
}

/** The scope of a request that no middleware has seen, such as the upgrade to a WebSocket. */
export function scopeOf(request: IncomingMessage & { body?: unknown }, ids: Ids, random: Random): Scope {
  const [correlation, ...more] = headerValues(request, 'x-correlation-id');
  const given = correlation !== undefined && more.length === 0 && isUuid(correlation) ? correlation.toLowerCase() : null;
  const traceparents = headerValues(request, 'traceparent');
  return {
    correlationId: given ?? ids.next(),
    traceparent: traceparentFrom(traceparents.length === 1 ? traceparents[0] : undefined, random),
    inputs: () => [
      ...headerValues(request, 'authorization').flatMap((value) => [value, value.replace(/^\w+\s+/, '')]),
      ...textsOf(request.body),
    ],
  };
}

/** The ids of the request at hand; outside of every request a defect of the wiring. */
export function requestTrace(): { readonly correlationId: string; readonly traceparent?: string } {
  const scope = currentScope();
  if (scope === undefined) throw new Error('asked for the ids of a request outside of every request');
  return scope;
}

/** Texts inside what a caller sent: string values, and quoted strings of a GraphQL document. */
export function textsOf(body: unknown): readonly string[] {
  const texts: string[] = [];
  const pending: unknown[] = [body];
  while (pending.length > 0 && texts.length < MOST_INPUTS) {
    const value = pending.pop();
    // A credential stands behind its scheme; without it, it is the same secret.
    if (typeof value === 'string')
      texts.push(
        value,
        ...(/^\w+ \S+$/.test(value) ? [value.replace(/^\w+ /, '')] : []),
        ...(value.match(/"(?:[^"\\\n]|\\.)+"/g) ?? []).map((quoted) => quoted.slice(1, -1)),
      );
    else if (typeof value === 'object' && value !== null) pending.push(...Object.values(value));
  }
  return texts;
}
