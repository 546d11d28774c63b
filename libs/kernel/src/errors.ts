// Two ways to say no: the domain rejects (a code and facts, worded by the catalogue), the store fails (typed).

/** A refusal with a stable code; the catalogue in `protocol/codes` gives its words and its form on each wire. */
export class Rejection extends Error {
  constructor(
    readonly code: string,
    readonly facts: Readonly<Record<string, unknown>> = {},
  ) {
    super(code);
    this.name = 'Rejection';
  }
}

/** `throw rejected('EXTENSION_NOT_INSTALLED', { id })`. Facts must hold no secret: they reach the caller and the audit trail. */
export function rejected(code: string, facts: Readonly<Record<string, unknown>> = {}): Rejection {
  return new Rejection(code, facts);
}

/** The stream was not where the caller believed it to be. */
export class WrongExpectedVersion extends Error {
  constructor(
    readonly stream: string,
    /** Revision of the stream's last event; -1n when it has none. */
    readonly actual: bigint,
  ) {
    super(`stream ${stream} is at revision ${actual}`);
    this.name = 'WrongExpectedVersion';
  }
}

/** An event id is in the store already, with another body or in another place. */
export class DuplicateConflict extends Error {
  constructor(readonly eventId: string) {
    super(`event ${eventId} is in the store with another body or place`);
    this.name = 'DuplicateConflict';
  }
}

export class StreamDeleted extends Error {
  constructor(readonly stream: string) {
    super(`stream ${stream} is deleted`);
    this.name = 'StreamDeleted';
  }
}

/** A body that its schema refuses, or a type that nobody registered. */
export class InvalidEvent extends Error {
  constructor(
    readonly eventType: string,
    readonly reason: string,
  ) {
    super(`event ${eventType}: ${reason}`);
    this.name = 'InvalidEvent';
  }
}

/** The store, or another service that a step needs, cannot be reached. */
export class Unavailable extends Error {
  constructor(
    readonly reason: string,
    readonly retryable: boolean,
    options?: ErrorOptions,
  ) {
    super(reason, options);
    this.name = 'Unavailable';
  }
}
