// What can go wrong on the pipe: a typed error that answers a call, or a fault that ends the process.
import { brokerErrorCodes, type BrokerErrorCode, type BrokerErrorShape } from './seam.js';

/** Answers one call. Crosses the border as code, message, reason and facts; never as a stack or a path. */
export class BrokerError extends Error implements BrokerErrorShape {
  readonly reason?: string;
  readonly facts?: Readonly<Record<string, unknown>>;

  constructor(
    readonly code: BrokerErrorCode,
    message: string,
    detail: { readonly reason?: string; readonly facts?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(message);
    this.name = 'BrokerError';
    if (detail.reason !== undefined) this.reason = detail.reason;
    if (detail.facts !== undefined) this.facts = detail.facts;
  }
}

/** The own side's value cannot be written as a frame; nothing was sent. */
export class UnsendableError extends BrokerError {}

export type ProtocolRule =
  'size' | 'nesting' | 'encoding' | 'syntax' | 'key' | 'string' | 'number' | 'frame' | 'direction' | 'stray-answers' | 'stream';

/** A frame broke the rules of the pipe: whoever sent it cannot be talked to any longer. */
export class ProtocolFault extends Error {
  constructor(
    readonly rule: ProtocolRule,
    message: string,
  ) {
    super(message);
    this.name = 'ProtocolFault';
  }
}

/** JSON-RPC wants a number beside the name; -32000 to -32099 are left to implementations. */
const numbers: Readonly<Record<BrokerErrorCode, number>> = {
  DENIED: -32001,
  INVALID: -32602,
  LIMIT: -32002,
  DEADLINE: -32003,
  CANCELLED: -32004,
  CRASHED: -32005,
  QUARANTINED: -32006,
  UNAVAILABLE: -32007,
  PROTOCOL: -32008,
};

/** The `error` member of an answer. */
export interface WireError {
  readonly code: number;
  readonly message: string;
  readonly data: { readonly code: BrokerErrorCode; readonly reason?: string; readonly facts?: Readonly<Record<string, unknown>> };
}

const MESSAGE_LENGTH = 2000;

export function toWireError(error: BrokerErrorShape): WireError {
  return {
    code: numbers[error.code],
    message: error.message.slice(0, MESSAGE_LENGTH).replace(/\p{Surrogate}|\0/gu, '\ufffd'),
    data: {
      code: error.code,
      ...(error.reason === undefined ? {} : { reason: error.reason }),
      ...(error.facts === undefined ? {} : { facts: error.facts }),
    },
  };
}

export function fromWireError(error: WireError): BrokerError {
  return new BrokerError(error.data.code, error.message, error.data);
}

export function isBrokerErrorCode(code: unknown): code is BrokerErrorCode {
  return typeof code === 'string' && (brokerErrorCodes as readonly string[]).includes(code);
}

/** Anything that was thrown, as the shape that may cross: what is not a broker error becomes UNAVAILABLE with its message alone. */
export function asBrokerError(thrown: unknown): BrokerErrorShape {
  if (thrown instanceof BrokerError) return thrown;
  const candidate = (typeof thrown === 'object' && thrown !== null ? thrown : {}) as Partial<Record<keyof BrokerErrorShape, unknown>>;
  const message = typeof candidate.message === 'string' ? candidate.message : String(thrown);
  if (!isBrokerErrorCode(candidate.code)) return { code: 'UNAVAILABLE', message };
  return {
    code: candidate.code,
    message,
    ...(typeof candidate.reason === 'string' ? { reason: candidate.reason } : {}),
    ...(isRecord(candidate.facts) ? { facts: candidate.facts } : {}),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
