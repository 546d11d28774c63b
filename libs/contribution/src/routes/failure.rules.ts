// What a caller of a route is told of a failure behind it: the status, and words that belong to a caller.
import { rejected, type Rejection } from '@kari/kernel';
import { wording } from '@kari/protocol';
import { labelOf, type RoutePlace } from './route-place.rules.js';

/** Statuses that the kind of a code does not say. */
const STATUS: Readonly<Record<string, number>> = {
  CONTRIBUTION_ROUTE_METHOD: 405,
  CONTRIBUTION_ROUTE_MEDIA_TYPE: 415,
  CONTRIBUTION_ROUTE_BODY_SLOW: 408,
  CONTRIBUTION_ROUTE_ANSWER: 502,
  CONTRIBUTION_ROUTE_FAILED: 502,
  CONTRIBUTION_ROUTE_SCHEMA: 502,
  REQUEST_TOO_LARGE: 413,
  SANDBOX_CRASHED: 502,
  SANDBOX_START_FAILED: 502,
  SANDBOX_TOO_MANY: 503,
};

export function statusOf(refusal: Rejection): number {
  return STATUS[refusal.code] ?? wording(refusal.code, refusal.facts).http;
}

/** The extension is not there for anybody any more: told as if it had never been. */
const GONE: ReadonlySet<string> = new Set([
  'SANDBOX_NOT_INSTALLED',
  'SANDBOX_NOT_ENABLED',
  'SANDBOX_TENANT_INACTIVE',
  'TENANCY_TENANT_SUSPENDED',
]);
/** What is wrong inside is the operator's to know; the caller learns that it is. */
const INTERNAL: ReadonlySet<string> = new Set([
  'PLUGIN_FAILED',
  'SANDBOX_CRASHED',
  'SANDBOX_HANDLER_MISSING',
  'SANDBOX_HANDLER_UNDECLARED',
  'SANDBOX_NO_HANDLER',
  'SANDBOX_PROTOCOL_MISMATCH',
  'SANDBOX_BUNDLE_CHANGED',
  'SANDBOX_BUNDLE_TOO_LARGE',
  'SANDBOX_START_FAILED',
]);
/** Not the caller's fault, though the code is of that kind where an operator meets it. */
const NOT_NOW: ReadonlySet<string> = new Set(['SANDBOX_LEVEL_TOO_LOW', 'SANDBOX_FOLDER_UNSAFE']);

/** A failure of the call itself, once the route was found. */
export function toldOf(failure: Rejection, place: RoutePlace): Rejection {
  if (GONE.has(failure.code)) return unknownRoute(place.route.method);
  if (INTERNAL.has(failure.code))
    return rejected('CONTRIBUTION_ROUTE_FAILED', { route: labelOf(place), extension: place.extension, version: place.version });
  if (NOT_NOW.has(failure.code)) return rejected('REQUEST_UNAVAILABLE', { reason: `${place.extension} cannot run on this host` });
  return failure;
}

export function unknownRoute(method: string): Rejection {
  return rejected('CONTRIBUTION_ROUTE_UNKNOWN', { method: method.slice(0, 20) });
}

/** Refusals before the route was found, of a tenant that is closed: its routes are not there. */
export function toldAtTheDoor(refusal: Rejection, method: string): Rejection {
  return GONE.has(refusal.code) ? unknownRoute(method) : refusal;
}

/** Seconds after which asking again may help; null where it does not. */
export function retryAfter(refusal: Rejection): number | null {
  const given = refusal.facts['retryAfterSeconds'];
  if (typeof given === 'number') return given;
  const wait = refusal.facts['milliseconds'];
  if (refusal.code === 'SANDBOX_BACKING_OFF' && typeof wait === 'number') return Math.max(1, Math.ceil(wait / 1_000));
  return refusal.code === 'CONTRIBUTION_ROUTE_BUSY' || refusal.code === 'SANDBOX_BUSY' || refusal.code === 'SANDBOX_TOO_MANY' ? 1 : null;
}
