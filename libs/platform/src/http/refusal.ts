// A refusal in its HTTP form: the same words as everywhere, as JSON, with the id to quote.
import type { ServerResponse } from 'node:http';
import { Rejection, Unavailable } from '@kari/kernel';
import { currentScope } from '@kari/platform/telemetry';
import { wording } from '@kari/protocol';

export interface RefusalBody {
  readonly errors: readonly [{ readonly message: string; readonly extensions: Readonly<Record<string, unknown>> }];
}

/** What the caller may know of an error: a refusal as it is, a store that is down as such, anything else as a failure. */
export function asRejection(error: unknown): Rejection {
  if (error instanceof Rejection) return error;
  if (error instanceof Unavailable) return new Rejection('REQUEST_UNAVAILABLE', { reason: 'a service it needs does not answer' });
  return new Rejection('REQUEST_FAILED');
}

export function refusalBody(rejection: Rejection): RefusalBody {
  const { code, kind, message, next } = wording(rejection.code, rejection.facts);
  const facts = Object.keys(rejection.facts).length === 0 ? {} : { facts: rejection.facts };
  return { errors: [{ message, extensions: { code, kind, next, ...facts, correlationId: currentScope()?.correlationId } }] };
}

export function answerRejection(response: ServerResponse, rejection: Rejection, status?: number): void {
  const { http } = wording(rejection.code, rejection.facts);
  response.statusCode = status ?? http;
  if (response.statusCode === 401) response.setHeader('WWW-Authenticate', 'Bearer');
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.end(JSON.stringify(refusalBody(rejection)));
}
