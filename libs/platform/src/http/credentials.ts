// What a request carries to prove who asks, as sent: Node joins or drops repeated headers, so only the raw list tells "twice" from "once".
import type { IncomingMessage } from 'node:http';
import { rejected } from '@kari/kernel';
import type { Credentials } from './authenticator.port.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Every value of a header, in the order and spelling they were sent. */
export function headerValues(request: Pick<IncomingMessage, 'rawHeaders'>, name: string): readonly string[] {
  const values: string[] = [];
  for (let index = 0; index + 1 < request.rawHeaders.length; index += 2) {
    if (request.rawHeaders[index]?.toLowerCase() === name) values.push(request.rawHeaders[index + 1] ?? '');
  }
  return values;
}

/** Throws REQUEST_INVALID for an `Idempotency-Key` that is not one uuid: a retry that is silently not one would be worse. */
export function credentialsOf(
  request: Pick<IncomingMessage, 'rawHeaders'>,
  trace: { readonly correlationId: string; readonly traceparent?: string },
): Credentials {
  const commandId = idempotencyKeyOf(request);
  return {
    authorization: headerValues(request, 'authorization'),
    tenant: headerValues(request, 'kari-tenant'),
    correlationId: trace.correlationId,
    ...(trace.traceparent === undefined ? {} : { traceparent: trace.traceparent }),
    ...(commandId === null ? {} : { commandId }),
  };
}

export function isUuid(text: string): boolean {
  return UUID.test(text);
}

function idempotencyKeyOf(request: Pick<IncomingMessage, 'rawHeaders'>): string | null {
  const [key, ...more] = headerValues(request, 'idempotency-key');
  if (key === undefined) return null;
  if (more.length > 0 || !isUuid(key)) {
    throw rejected('REQUEST_INVALID', { operation: 'the request', reason: 'the header "Idempotency-Key" must hold one uuid' });
  }
  return key.toLowerCase();
}
