// What the scheduler works with. All of it comes in from outside, so that a test owns time, death and the log.
import type { Clock, EventStore, Position, Timers } from '@kari/kernel';
import type { ScheduleTarget } from '../contract.js';
import type { ScheduleCommand } from '../life/schedule.commands.js';
import type { ScheduleState } from '../life/schedule-state.rules.js';

export interface Wanted {
  readonly shard: number;
  /** Everything that falls due before this moment (ISO 8601) ... */
  readonly dueBefore: string;
  /** ... or was dealt with up to a moment beyond this one. */
  readonly aheadOf: string;
  /** And all that count intervals or have something in hand. */
  readonly whole: boolean;
}

interface ScheduleKey {
  readonly tenant: string;
  readonly schedule: string;
}

export interface ScheduleEngineParts {
  readonly store: EventStore;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly targets: readonly ScheduleTarget[];
  send(
    tenant: string,
    command: ScheduleCommand,
    correlationId: string,
  ): Promise<{ readonly state: ScheduleState; readonly revision: bigint }>;
  /** From the views, which show at least everything up to that position; null: as they stand. */
  find(wanted: Wanted, upTo: Position | null): Promise<readonly ScheduleKey[]>;
  /** Whether work may be done for that tenant now. */
  mayWork(tenant: string): boolean;
  onFault(error: unknown, what: string): void;
}
