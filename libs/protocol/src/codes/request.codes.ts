// Refusals of the edge and the command bus, before any context has spoken.
import type { CodeEntry } from './code.js';

export const requestCodes = {
  REQUEST_INVALID: {
    kind: 'invalid',
    message: 'The input of {operation} is not valid: {reason}.',
    next: 'Correct the named field and send it again.',
  },
  REQUEST_UNAUTHENTICATED: {
    kind: 'unauthenticated',
    message: 'The request carries no valid credential: {reason}.',
    next: 'Send "Authorization: Bearer <token>" with a token that is neither expired nor revoked.',
  },
  REQUEST_TENANT_REQUIRED: {
    kind: 'invalid',
    message: 'The request names no single valid tenant: {reason}.',
    next: 'Send the header "Kari-Tenant" once, with a tenant\'s slug or uuid, or "_" for the platform.',
  },
  REQUEST_DENIED: {
    kind: 'denied',
    message: '{operation} needs the right {right}, which you do not hold here.',
    next: 'Ask an administrator of the tenant for a role that carries {right}.',
  },
  REQUEST_NOT_FOUND: { kind: 'missing', message: 'There is no {thing} {id} here.', next: 'Check the id and the tenant.' },
  REQUEST_UNKNOWN_COMMAND: { kind: 'invalid', message: 'No command {type} exists.', next: 'Check the name against the API reference.' },
  REQUEST_LIMIT: { kind: 'limit', message: 'The request exceeds a limit: {reason}.', next: 'Ask for less at once, or wait and try again.' },
  REQUEST_RATE_LIMITED: {
    kind: 'limit',
    message: 'This {scope} asks too often: {perSecond} operations a second are its share.',
    next: 'Wait {retryAfterSeconds} s and try again, or ask a platform operator for a larger share.',
  },
  REQUEST_CONFLICT: {
    kind: 'conflict',
    message: '{operation} met a change made at the same time, several times over.',
    next: 'Read the current state and try again.',
  },
  REQUEST_KEY_REUSED: {
    kind: 'conflict',
    message: 'The idempotency key of this {operation} was used for another operation before.',
    next: 'Send a new "Idempotency-Key" for each new wish; repeat one only with the very same request.',
  },
  REQUEST_MALFORMED: {
    kind: 'invalid',
    message: 'The request cannot be read: {reason}.',
    next: 'Send JSON with a "query" by POST, or a query by GET.',
  },
  REQUEST_MEDIA_TYPE: {
    kind: 'invalid',
    message: 'A body of type {type} is not read here.',
    next: 'Send "Content-Type: application/json", in UTF-8 and without compression.',
  },
  REQUEST_SUBSCRIPTION: {
    kind: 'invalid',
    message: 'A subscription is not answered over HTTP.',
    next: 'Open a WebSocket to the same path (graphql-transport-ws) and subscribe there.',
  },
  REQUEST_METHOD: { kind: 'invalid', message: 'This cannot be asked with the method {method}.', next: 'Send it by POST.' },
  REQUEST_TOO_LARGE: {
    kind: 'invalid',
    message: 'The body is larger than {limit} bytes.',
    next: 'Send less at once, or refer to larger content by its address.',
  },
  REQUEST_ORIGIN: {
    kind: 'denied',
    message: 'A page from {origin} may not connect here.',
    next: 'Open it from this server, or ask the operator to allow its origin.',
  },
  REQUEST_SYNTAX: {
    kind: 'invalid',
    message: 'The document is not GraphQL: {reason}.',
    next: 'Correct the document at the place named.',
  },
  REQUEST_DOCUMENT: {
    kind: 'invalid',
    message: 'The document does not fit the schema: {reason}.',
    next: 'Compare it with the schema (introspection, or apps/server/schema.graphql).',
  },
  REQUEST_VARIABLES: {
    kind: 'invalid',
    message: 'The values given do not fit the document: {reason}.',
    next: 'Correct the named value and send it again.',
  },
  REQUEST_NOT_PERSISTED: {
    kind: 'denied',
    message: 'This server runs only documents that its operator has laid down; this is none of them.',
    next: 'Send one of those documents as it stands, or ask the operator to add this one.',
  },
  REQUEST_OPERATION: {
    kind: 'invalid',
    message: 'It is not clear which operation to run: {reason}.',
    next: 'Name one operation of the document in "operationName".',
  },
  REQUEST_TOO_COMPLEX: {
    kind: 'invalid',
    message: 'The document asks for too much: {limit} is {found}, the most is {most}.',
    next: 'Split it into several requests, or ask for smaller pages.',
  },
  REQUEST_UNAVAILABLE: { kind: 'unavailable', message: 'The platform cannot serve this now: {reason}.', next: 'Try again in a moment.' },
  REQUEST_FAILED: {
    kind: 'failed',
    message: 'Something went wrong inside the platform.',
    next: 'Report the correlation id to the operator.',
  },
} as const satisfies Record<string, CodeEntry>;
