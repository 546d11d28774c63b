// Who holds a place and who waits for one, for all processes. Two adapters: a table that they share, and memory for tests of one process.
import type { PlaceDecision, PlaceWish } from './place.rules.js';

/** Token of `Places`. */
export const PLACES = Symbol('Places');

export interface Queue {
  readonly tenant: string;
  readonly queue: string;
}

export interface Turn {
  readonly run: string;
  readonly turn: number;
}

export interface Places {
  /** Asking again answers as things stand. `left` when that turn is over. Throws `Unavailable`. */
  enter(queue: Queue, wish: PlaceWish): Promise<PlaceDecision | { readonly status: 'left' }>;
  /** Ends a turn, whether it held a place, waited or never came. Answers who was let in and has not been told yet. Throws `Unavailable`. */
  leave(queue: Queue, turn: Turn): Promise<readonly Turn[]>;
  /** They know. Throws `Unavailable`. */
  told(queue: Queue, turns: readonly Turn[]): Promise<void>;
}
