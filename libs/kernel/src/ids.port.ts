// Identity comes in from outside.
import { parse, v5 } from 'uuid';

export const IDS = Symbol('Ids');

export interface Ids {
  /** A new uuid v7. */
  next(): string;
}

const NAMESPACE = parse('6f0d9d3e-6d0b-5a2f-9a64-6b1f7a0f4b11');

/** The same parts give the same uuid for ever: ids of events from their command, of commands from their event. */
export function derivedId(...parts: readonly (string | number)[]): string {
  return v5(parts.join('\u0000'), NAMESPACE);
}
