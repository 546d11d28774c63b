// What the work on task runs works with. All of it comes in from outside, so that a test owns time, death, the log and the sandboxes.
import type { Clock, EventStore, Position, Random, Timers } from '@kari/kernel';
import type { TaskRunCommand } from './task-run.commands.js';
import type { KnownTaskRun, TaskRunState } from './task-run.decider.js';

export interface TaskAttempt {
  readonly tenant: string;
  readonly run: KnownTaskRun;
  /** Asks the handler to end; the call goes on until it does, or until its time is up. */
  readonly cancel: AbortSignal;
  /** Gives the call up: nobody waits for its answer any more. */
  readonly signal: AbortSignal;
}

export interface TaskEngineParts {
  readonly store: EventStore;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  send(
    tenant: string,
    command: TaskRunCommand,
    correlationId: string,
  ): Promise<{ readonly state: TaskRunState; readonly revision: bigint; readonly changed: boolean }>;
  /** Open runs of a shard from the view, which shows at least everything up to that position. */
  find(shard: number, upTo: Position): Promise<readonly { readonly tenant: string; readonly run: string }[]>;
  /** Rejects with what the sandbox says. */
  invoke(attempt: TaskAttempt): Promise<unknown>;
  /** Keeps the answer to be looked at; again it changes nothing. */
  keep(tenant: string, run: string, answer: unknown): Promise<{ readonly bytes: number; readonly kept: boolean }>;
  /** Code and words of what went wrong, fit to be kept. */
  wordsOf(error: unknown): { readonly code: string; readonly reason: string };
  /** Whether work may be done for that tenant now. */
  mayWork(tenant: string): boolean;
  onFault(error: unknown, what: string): void;
}
