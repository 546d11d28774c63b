// Refusals of what extensions contribute to the platform: their HTTP routes.
import type { CodeEntry } from './code.js';

export const contributionCodes = {
  CONTRIBUTION_ROUTE_UNKNOWN: {
    kind: 'missing',
    message: 'No extension of this tenant answers {method} at this address.',
    next: 'Look at /ext/openapi.json, or ask an operator whether the extension is installed and enabled.',
  },
  CONTRIBUTION_ROUTE_METHOD: {
    kind: 'invalid',
    message: 'This address does not answer {method}; it answers {allowed}.',
    next: 'Use one of those methods.',
  },
  CONTRIBUTION_ROUTE_PATH: {
    kind: 'invalid',
    message: 'The path cannot be read: {reason}.',
    next: 'Send each part of the path encoded once, without slashes, dots alone or control characters in it.',
  },
  CONTRIBUTION_ROUTE_REQUEST: {
    kind: 'invalid',
    message: 'The {part} of {route} does not fit its schema at {pointer}: {reason}.',
    next: 'Correct it; /ext/openapi.json has the schema.',
  },
  CONTRIBUTION_ROUTE_BODY: {
    kind: 'invalid',
    message: 'The body of {route} cannot be read: {reason}.',
    next: 'Send what /ext/openapi.json describes.',
  },
  CONTRIBUTION_ROUTE_MEDIA_TYPE: {
    kind: 'invalid',
    message: '{route} does not read a body of type {type}.',
    next: 'Send "Content-Type: {expected}", in UTF-8 where it is text, without compression.',
  },
  CONTRIBUTION_ROUTE_BODY_SLOW: {
    kind: 'deadline',
    message: 'The body of {route} did not arrive within {seconds} s.',
    next: 'Send it faster, or less at once.',
  },
  CONTRIBUTION_ROUTE_ORIGIN: {
    kind: 'denied',
    message: 'A page from {origin} may not call {extension} here.',
    next: 'Call it from a server, or have the tenant consent to that origin, if the extension declares it.',
  },
  CONTRIBUTION_ROUTE_BUSY: {
    kind: 'unavailable',
    message: '{what} has {count} calls in hand already.',
    next: 'Try again in a moment, and send fewer calls at once.',
  },
  CONTRIBUTION_ROUTE_ANSWER: {
    kind: 'failed',
    message: '{extension} {version} broke its own contract: the answer of {route} is wrong at {pointer}: {reason}.',
    next: 'Report it to the author of {extension}; nothing of that answer was passed on.',
  },
  CONTRIBUTION_ROUTE_FAILED: {
    kind: 'failed',
    message: '{route} of {extension} {version} failed.',
    next: 'Try again; if it lasts, an operator finds the cause in the log of the extension under the correlation id.',
  },
  CONTRIBUTION_ROUTE_SCHEMA: {
    kind: 'failed',
    message: 'The {part} schema of {route} in {extension} cannot be used: {reason}.',
    next: 'Report it to the author of {extension}; the schema must follow the closed profile of the manifest reference.',
  },
} as const satisfies Record<string, CodeEntry>;
