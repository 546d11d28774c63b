// Lets a reader wait until a view has caught up with what it has just written.
import type { Position } from '@kari/kernel';

export const PROJECTIONS_CLOCK = Symbol('ProjectionsClock');

export interface ProjectionsClock {
  /** Throws `Unavailable` when the view has not come to the position in time (default 5 s), `Rejection` when there is no such view. */
  waitFor(projection: string, position: Position, timeoutMs?: number): Promise<void>;
}
