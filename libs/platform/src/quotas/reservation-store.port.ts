// The moments that all processes have given away together. Two adapters: a table that they share, and memory for tests of one process.
import type { Pace } from './reservation.rules.js';

export interface ReservationStore {
  /** Milliseconds that each of the next `count` waits before it begins; no moment is given twice. Throws `Unavailable`. */
  reserve(key: string, pace: Pace, count: number): Promise<readonly number[]>;
}
