// The three frames of JSON-RPC 2.0 as they travel here, one per line: strict, so that nothing unknown is ever carried along.
import { isBrokerErrorCode, ProtocolFault, UnsendableError, type WireError } from './errors.js';
import { frameLimits } from './limits.js';
import { assertClean, assertShallow, needsWalk, parseVetted } from './vetting.js';

export interface RequestFrame {
  readonly kind: 'request';
  readonly id: number;
  readonly method: string;
  readonly params: unknown;
}
export interface NotificationFrame {
  readonly kind: 'notification';
  readonly method: string;
  readonly params: unknown;
}
export interface ResultFrame {
  readonly kind: 'result';
  readonly id: number;
  readonly result: unknown;
}
export interface ErrorFrame {
  readonly kind: 'error';
  readonly id: number;
  readonly error: WireError;
}
export type Frame = RequestFrame | NotificationFrame | ResultFrame | ErrorFrame;

const METHOD = /^[a-z][a-zA-Z0-9]*(?:\.[a-z][a-zA-Z0-9]*)?$/;
const METHOD_LENGTH = 100;

/** The frame in one line's bytes; throws `ProtocolFault`. */
export function decodeFrame(line: Uint8Array): Frame {
  const value = parseVetted(line);
  if (!isRecord(value)) throw malformed('not an object');
  if (value['jsonrpc'] !== '2.0') throw malformed('jsonrpc is not "2.0"');
  if ('method' in value) return call(value);
  return answer(value);
}

function call(value: Record<string, unknown>): Frame {
  const { method, params } = value;
  if (typeof method !== 'string' || method.length > METHOD_LENGTH || !METHOD.test(method)) throw malformed('method');
  if ('params' in value && (typeof params !== 'object' || params === null)) throw malformed('params');
  if (!('id' in value)) {
    only(value, ['jsonrpc', 'method', 'params']);
    return { kind: 'notification', method, params };
  }
  only(value, ['jsonrpc', 'id', 'method', 'params']);
  return { kind: 'request', id: identifier(value['id']), method, params };
}

function answer(value: Record<string, unknown>): Frame {
  const id = identifier(value['id']);
  if ('result' in value) {
    only(value, ['jsonrpc', 'id', 'result']);
    return { kind: 'result', id, result: value['result'] };
  }
  only(value, ['jsonrpc', 'id', 'error']);
  return { kind: 'error', id, error: wireError(value['error']) };
}

function wireError(value: unknown): WireError {
  if (!isRecord(value)) throw malformed('error');
  only(value, ['code', 'message', 'data']);
  const { code, message, data } = value;
  if (!Number.isSafeInteger(code) || typeof message !== 'string' || !isRecord(data)) throw malformed('error');
  only(data, ['code', 'reason', 'facts']);
  if (!isBrokerErrorCode(data['code'])) throw malformed('error code');
  if ('reason' in data && typeof data['reason'] !== 'string') throw malformed('error reason');
  if ('facts' in data && !isRecord(data['facts'])) throw malformed('error facts');
  return value as unknown as WireError;
}

function identifier(id: unknown): number {
  if (!Number.isSafeInteger(id) || (id as number) < 1) throw malformed('id');
  return id as number;
}

function only(value: Record<string, unknown>, keys: readonly string[]): void {
  for (const key of Object.keys(value)) if (!keys.includes(key)) throw malformed(`unknown member ${key.slice(0, 40)}`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function malformed(what: string): ProtocolFault {
  return new ProtocolFault('frame', `malformed frame: ${what}`);
}

const utf8 = new TextEncoder();

/**
 * One line. Throws `UnsendableError` (INVALID or LIMIT) where the receiver would have to end the pipe: what cannot be said is an error of the
 * one call that wanted to say it.
 */
export function encodeFrame(frame: Frame): Uint8Array {
  let text: string;
  try {
    text = JSON.stringify(wireForm(frame));
  } catch {
    throw new UnsendableError('INVALID', 'The value cannot be written as JSON.');
  }
  const line = utf8.encode(`${text}\n`);
  if (line.length - 1 > frameLimits.bytes) {
    throw new UnsendableError('LIMIT', `The message is larger than ${frameLimits.bytes} bytes; send large bodies as a stream.`);
  }
  try {
    assertShallow(line);
    if (needsWalk(text)) assertClean(JSON.parse(text));
  } catch (fault) {
    throw new UnsendableError('INVALID', `The value cannot cross the sandbox border: ${(fault as Error).message}.`);
  }
  return line;
}

function wireForm(frame: Frame): unknown {
  const jsonrpc = '2.0';
  switch (frame.kind) {
    case 'request':
      return { jsonrpc, id: frame.id, method: frame.method, params: frame.params };
    case 'notification':
      return { jsonrpc, method: frame.method, params: frame.params };
    case 'result':
      return { jsonrpc, id: frame.id, result: frame.result ?? null };
    case 'error':
      return { jsonrpc, id: frame.id, error: frame.error };
  }
}
