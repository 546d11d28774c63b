// A decider whose outputs are commands: answers facts with wishes, keeps its own small state in its own stream.
import type { Command } from './command.js';
import type { RecordedEvent } from './event.js';

/** A wish that a process manager makes for one tenant. */
export interface PlannedCommand {
  readonly command: Command;
  readonly tenant: string;
}

/**
 * Pure. Follows the store, never the bus. `react` sees every handled event of one process (same `processOf`) in log order and answers
 * with the commands that follow; command ids are derived from the event, so that a repeat changes nothing.
 */
export interface ProcessManager<S> {
  /** `<context>.<name>`; stored in the checkpoint. */
  readonly name: string;
  readonly handles: readonly string[];
  /** The process an event belongs to, or null when it concerns none. */
  processOf(event: RecordedEvent): string | null;
  readonly initialState: S;
  evolve(state: S, event: RecordedEvent): S;
  /** Called after `evolve` with the new state. */
  react(state: S, event: RecordedEvent): readonly PlannedCommand[];
}
