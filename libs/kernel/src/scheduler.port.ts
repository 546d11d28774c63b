// Who goes next, when several could: a seam so that a seed can replay every interleaving of the memory store and the in-process bus.
export interface Scheduler {
  /** Resolves when it is the caller's turn; `what` names the step in a trace. */
  turn(what: string): Promise<void>;
}

/** Production: everybody goes as the event loop has it. */
export const unscheduled: Scheduler = { turn: () => Promise.resolve() };
