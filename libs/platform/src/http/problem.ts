// A refusal as RFC 9457 has it: for HTTP routes whose callers are programs of others.
import type { Rejection } from '@kari/kernel';
import { currentScope } from '@kari/platform/telemetry';
import { wording } from '@kari/protocol';

export const PROBLEM_MEDIA = 'application/problem+json';

export interface Problem {
  /** `urn:kari:problem:<CODE>`. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** The stable code, as everywhere. */
  readonly code: string;
  /** What to do next. */
  readonly next?: string;
  readonly correlationId?: string;
  readonly [member: string]: unknown;
}

/** The words of the catalogue; `status` in place of the one of the code's kind, `more` beside the members above. */
export function problemOf(rejection: Rejection, status?: number, more: Readonly<Record<string, unknown>> = {}): Problem {
  const { code, kind, message, next, http } = wording(rejection.code, rejection.facts);
  return {
    type: `urn:kari:problem:${code}`,
    title: TITLES[kind],
    status: status ?? http,
    detail: message,
    code,
    next,
    ...more,
    ...correlated(),
  };
}

export function correlated(): { readonly correlationId?: string } {
  const correlationId = currentScope()?.correlationId;
  return correlationId === undefined ? {} : { correlationId };
}

const TITLES: Readonly<Record<ReturnType<typeof wording>['kind'], string>> = {
  invalid: 'The request cannot be accepted',
  unauthenticated: 'No valid credential',
  denied: 'Not permitted',
  missing: 'Not found',
  conflict: 'In conflict with what is there',
  limit: 'Too much',
  deadline: 'Not in time',
  cancelled: 'Cancelled',
  unavailable: 'Not available now',
  failed: 'Failed',
};
