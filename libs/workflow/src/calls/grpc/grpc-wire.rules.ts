// How gRPC frames a message over HTTP/2, and what its states come to as an error of a run.
import { rejected, type Rejection } from '@kari/kernel';
import { invalid } from '../http-request.rules.js';

/** By number: the name, and the status of HTTP that says the same. */
const STATES = [
  ['OK', 200],
  ['CANCELLED', 499],
  ['UNKNOWN', 500],
  ['INVALID_ARGUMENT', 400],
  ['DEADLINE_EXCEEDED', 504],
  ['NOT_FOUND', 404],
  ['ALREADY_EXISTS', 409],
  ['PERMISSION_DENIED', 403],
  ['RESOURCE_EXHAUSTED', 429],
  ['FAILED_PRECONDITION', 400],
  ['ABORTED', 409],
  ['OUT_OF_RANGE', 400],
  ['UNIMPLEMENTED', 501],
  ['INTERNAL', 500],
  ['UNAVAILABLE', 503],
  ['DATA_LOSS', 500],
  ['UNAUTHENTICATED', 401],
] as const;

const PREFIX = 5;
const LONGEST_WORDS = 200;
/** An expression may give what the schema never saw: no path, no user, no port. */
const HOST = /^[a-zA-Z0-9](?:[a-zA-Z0-9.-]{0,251}[a-zA-Z0-9])?$/;

export interface GrpcAnswer {
  readonly headers: Readonly<Record<string, string>>;
  readonly trailers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Takes what the call kept secret out of a text. */
  readonly covered: (text: string) => string;
}

export function framed(message: Uint8Array): Uint8Array {
  const frame = new Uint8Array(PREFIX + message.length);
  new DataView(frame.buffer).setUint32(1, message.length);
  frame.set(message, PREFIX);
  return frame;
}

/** The one message of an answer that is none but OK. */
export function messageIn(answer: GrpcAnswer, asked: { readonly target: string; readonly method: string }): Uint8Array {
  const refusal = refusalIn(answer, asked);
  if (refusal !== null) throw refusal;
  const { body } = answer;
  if (body.length < PREFIX) throw unreadable('it holds no message');
  if (body[0] !== 0) throw unreadable('it is compressed, which was not asked for');
  const length = new DataView(body.buffer, body.byteOffset).getUint32(1);
  if (body.length !== PREFIX + length) throw unreadable('it does not hold exactly one message');
  return body.subarray(PREFIX);
}

function refusalIn(
  { headers, trailers, covered }: GrpcAnswer,
  asked: { readonly target: string; readonly method: string },
): Rejection | null {
  // An answer without a message has everything in its headers.
  const given = trailers['grpc-status'] ?? headers['grpc-status'];
  if (given === undefined) return unreadable('it does not end as gRPC does: does the host speak it?');
  if (given === '0') return null;
  const [status, http] = STATES[Number(given)] ?? STATES[2];
  const words = covered(wordsOf(trailers['grpc-message'] ?? headers['grpc-message'] ?? '')).slice(0, LONGEST_WORDS);
  return rejected('WORKFLOW_GRPC_STATUS', { ...asked, status, http, words: words === '' ? 'no words' : words });
}

function wordsOf(encoded: string): string {
  let text = encoded;
  try {
    text = decodeURIComponent(encoded);
  } catch {
    // Shown as it came.
  }
  return text.replace(/[^\P{C}\n]|\s+/gu, ' ').trim();
}

function unreadable(reason: string): Rejection {
  return rejected('WORKFLOW_ANSWER_INVALID', { reason });
}

/** Where a call goes; throws WORKFLOW_CALL_INVALID. */
export function grpcTarget(service: unknown): { readonly name: string; readonly authority: string } {
  const { name, host, port } = (service ?? {}) as { readonly name?: unknown; readonly host?: unknown; readonly port?: unknown };
  if (typeof name !== 'string') throw invalid('its service has no name');
  if (typeof host !== 'string' || !HOST.test(host)) throw invalid('its service has no host that can be called');
  if (port !== undefined && port !== null && !(typeof port === 'number' && Number.isInteger(port) && port > 0 && port < 65_536))
    throw invalid('the port of its service is none');
  return { name, authority: typeof port === 'number' ? `${host}:${port}` : host };
}
