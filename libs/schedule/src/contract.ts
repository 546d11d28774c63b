// What other contexts may know of schedules: how to be started by one, and how to bring one along.
import type { RecordedEvent } from '@kari/kernel';

/** Token of the `Registry<ScheduleTarget>`: a context that can be started by a schedule adds its target while it is wired. */
export const SCHEDULE_TARGETS = Symbol('Registry<ScheduleTarget>');

/** How something that a schedule started came to its end. */
export type ScheduledOutcome = 'completed' | 'failed' | 'cancelled';

export interface ScheduledStart {
  /** uuid. */
  readonly tenant: string;
  /** What is started, as its context names it. */
  readonly id: string;
  /** As the schedule has it; null where it has none. */
  readonly input: unknown;
  /** `<schedule>@<planned time>`: the same over attempts, processes and restarts. At most 100 characters. */
  readonly fire: string;
  readonly correlationId: string;
}

/** One kind of thing that schedules can start. */
export interface ScheduleTarget {
  /** `workflow`; stored with every schedule. */
  readonly kind: string;
  /** Types of the events that tell the end of something started. */
  readonly endings: readonly string[];
  /** What an event of these types says; null when it says nothing about an end. */
  endOf(event: RecordedEvent): { readonly started: string; readonly outcome: ScheduledOutcome } | null;
  /** Throws `Rejection` when nothing of that name can be scheduled. */
  check(tenant: string, id: string): Promise<void>;
  /**
   * Starts it, or finds it started: the same fire is the same start. Answers the id of what was started. Throws `Rejection` when it cannot be
   * started (recorded, not tried again), `Unavailable` for what will pass by itself (tried again).
   */
  start(start: ScheduledStart): Promise<string>;
  /** Asks for the end of what was started; repeating it changes nothing. What has ended already is left alone. */
  cancel(tenant: string, started: string, fire: string): Promise<void>;
  /** Null while it goes on. */
  outcome(tenant: string, started: string): Promise<ScheduledOutcome | null>;
}

/** Token of `Schedules`. */
export const SCHEDULES = Symbol('Schedules');

/** What happens to a planned time while an earlier start goes on. */
export type Overlap = 'allow' | 'skip' | 'queue' | 'cancel-previous';
/** What happens to planned times that nobody could start. */
export type Missed = 'skip' | 'one' | 'all';

/** When to start: exactly one of the four. */
export interface AskedTiming {
  /** Five fields; with `timeZone` (IANA name, default UTC). */
  readonly cron?: string | null | undefined;
  readonly timeZone?: string | null | undefined;
  /** Milliseconds from one start to the next: 1,000 to ten years. */
  readonly every?: number | null | undefined;
  /** Milliseconds from the end of one start to the next: 1,000 to ten years. */
  readonly after?: number | null | undefined;
  /** Once: ISO 8601. */
  readonly at?: string | null | undefined;
}

/** A schedule that lives and dies with what it starts. */
export interface AttachedSchedule {
  readonly kind: string;
  readonly id: string;
  readonly name: string;
  readonly timing: AskedTiming;
  readonly overlap: Overlap;
  readonly missed: Missed;
}

/** The fact that an attachment follows from: repeating it changes nothing. */
export interface AttachmentCause {
  readonly tenant: string;
  readonly correlationId: string;
  readonly eventId: string;
}

/** For contexts whose things carry a schedule of their own. Throws `Rejection` for a timing that is none, `Unavailable` to be tried again. */
export interface Schedules {
  /** One schedule for each target: another timing replaces the one before and counts from now. */
  attach(schedule: AttachedSchedule, cause: AttachmentCause): Promise<void>;
  /** What it started goes on; nothing new is started. */
  detach(kind: string, id: string, cause: AttachmentCause): Promise<void>;
  /** The target is gone for good: every schedule of it ends, those that people made too. */
  targetGone(kind: string, id: string, cause: AttachmentCause): Promise<void>;
}

/** Token of `ScheduleLifecycle`. */
export const SCHEDULE_LIFECYCLE = Symbol('ScheduleLifecycle');

/** For the process that works: fires the schedules of the shards whose leases it gets, while it runs. */
export interface ScheduleLifecycle {
  /** Call it once views follow the log and targets may be started. */
  start(): Promise<void>;
  /** Lets what is being recorded finish, then hands every schedule back at once. */
  stop(): Promise<void>;
}

/** Token of `TaskLifecycle`. */
export const TASK_LIFECYCLE = Symbol('TaskLifecycle');

/** For the process that hosts sandboxes: works at the runs of background tasks while it runs. */
export interface TaskLifecycle {
  /** Call it once views follow the log and sandboxes may start. */
  start(): Promise<void>;
  /** Begins no further run, waits for those in hand and hands the rest back. End the sandboxes beside it: that ends what takes too long. */
  stop(): Promise<void>;
}

/** Names other contexts may handle: what changes whether and by what a task is started. Each carries `task`, `<extension>/<name>`. */
export const taskEvents = {
  declared: 'TaskDeclared',
  held: 'TaskHeld',
  released: 'TaskReleased',
  paused: 'TaskPaused',
  resumed: 'TaskResumed',
  withdrawn: 'TaskWithdrawn',
} as const;

/** Token of `TaskTriggers`. */
export const TASK_TRIGGERS = Symbol('TaskTriggers');

export interface TriggeredTask {
  readonly tenant: string;
  /** `<extension>/<name>`. */
  readonly task: string;
  readonly input: unknown;
  /** Whether people have made up the input: it is judged by the task's schema, and a task that asks for a right is refused. */
  readonly judged: boolean;
  /** At most 200 characters. One key, one run. */
  readonly key: string;
  /** Starts it as `system:<by>`. */
  readonly by: string;
  readonly correlationId: string;
  readonly causationId: string;
}

/** For whatever hands events on. Errors are `Rejection`s: TASK_NOT_FOUND, TASK_HELD, TASK_RIGHT_NEEDED, TASK_INPUT_INVALID, TASK_RUNS_LIMIT. */
export interface TaskTriggers {
  /** Of the events that start the task now; null while none does. */
  eventType(tenant: string, task: string): Promise<string | null>;
  start(task: TriggeredTask): Promise<{ readonly run: string }>;
}
