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
  REQUEST_CONFLICT: {
    kind: 'conflict',
    message: '{operation} met a change made at the same time, several times over.',
    next: 'Read the current state and try again.',
  },
  REQUEST_UNAVAILABLE: { kind: 'unavailable', message: 'The platform cannot serve this now: {reason}.', next: 'Try again in a moment.' },
  REQUEST_FAILED: {
    kind: 'failed',
    message: 'Something went wrong inside the platform.',
    next: 'Report the correlation id to the operator.',
  },
} as const satisfies Record<string, CodeEntry>;
