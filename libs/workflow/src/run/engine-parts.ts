// What the engine works with. All of it comes in from outside, so that a seed can replay a whole run of the engine.
import type { Clock, EventStore, Ids, Position, Random, StreamId, Timers } from '@kari/kernel';
import { streamId } from '@kari/kernel';
import type { WorkflowDocument } from '../definition/document.js';
import type { Evaluator } from '../expression/evaluator.js';
import type { Places } from '../places/places.port.js';
import type { RunSnapshots } from '../snapshots/run-snapshots.port.js';
import type { RunEventOf, RunPace } from './run.events.js';
import type { OpenTask } from './run-state.rules.js';

export const RUN_CATEGORY = 'workflow.run';
export const SHARDS = 8;

export function runStream(tenant: string, run: string): StreamId {
  return streamId(RUN_CATEGORY, tenant, run);
}

/** Milliseconds until a moment of the wall clock, which shows whole ones: the begun one is waited out. */
export function untilWall(dueAt: string, now: number): number {
  return Date.parse(dueAt) - now + 1;
}

export interface EffectRequest {
  readonly tenant: string;
  readonly run: string;
  readonly task: OpenTask;
  /** The same over attempts, owners and restarts. */
  readonly key: string;
  readonly caller: RunEventOf<'RunStarted'>['data']['caller'];
  readonly correlationId: string;
  /** Of whatever started the run. */
  readonly traceparent?: string;
  readonly document: WorkflowDocument;
  /** Its id; `<extension>/<name>` where an extension brought it along. */
  readonly workflow: string;
  /** Runs that led to this one, each by an event it emitted. */
  readonly hops: number;
  readonly signal: AbortSignal;
}

/** Makes the effects of `call` and `emit`. Throws `Rejection` for a failure of the task, `Unavailable` for what will pass by itself. */
export interface Effects {
  perform(request: EffectRequest): Promise<unknown>;
  /** Whether the start of an attempt is to be durable before it is made. */
  isMarked(task: OpenTask, tenant: string): boolean;
}

export interface ChildStart {
  readonly tenant: string;
  readonly parent: { readonly run: string; readonly task: string; readonly depth: number };
  readonly child: string;
  /** A child of a test run is one. */
  readonly kind?: 'test';
  readonly workflow: { readonly namespace: string; readonly name: string; readonly version: string };
  readonly input: unknown;
  readonly hops?: number;
  readonly caller: RunEventOf<'RunStarted'>['data']['caller'];
  readonly correlationId: string;
}

export type ChildEnd = Omit<RunEventOf<'ChildRunEnded'>['data'], 'run'>;

/** What the engine asks of other runs. Each is safe to repeat. */
interface OtherRuns {
  /** Null while it goes on. Throws `Rejection` when it cannot be started. */
  start(start: ChildStart): Promise<ChildEnd | null>;
  cancel(tenant: string, child: string, correlationId: string): Promise<ChildEnd | null>;
  /** Another run has been started that takes its place. */
  replace(tenant: string, run: string, by: string, correlationId: string): Promise<void>;
}

interface Definitions {
  /** Null when this version cannot be run any more. */
  document(tenant: string, workflow: { readonly id: string; readonly version: string }): Promise<WorkflowDocument | null>;
}

/** What the views know of runs, at least up to a position. */
export interface OpenRuns {
  ofShard(shard: number, upTo: Position): Promise<readonly { readonly tenant: string; readonly run: string }[]>;
}

export interface EngineParts {
  readonly worker: string;
  readonly store: EventStore;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly ids: Ids;
  readonly evaluator: Evaluator;
  schemaFault(schema: unknown, value: unknown): string | null;
  readonly effects: Effects;
  readonly others: OtherRuns;
  readonly definitions: Definitions;
  readonly openRuns: OpenRuns;
  readonly places: Places;
  /** Absent: every history is read from its beginning. */
  readonly snapshots?: RunSnapshots;
  /** Events of a run between two snapshots. Default 100. */
  readonly snapshotEvery?: number;
  /** Milliseconds that whoever asks waits for its moment. Throws `Unavailable`. */
  moment(tenant: string, pace: RunPace): Promise<number>;
  /** Effects at once in this process. Default 256. */
  readonly effectsAtOnce?: number;
  /** Runs that decide and write at once in this process. Default 256. */
  readonly advancedAtOnce?: number;
  /** A run leaves memory when all that it waits for is at least so far off. Default 30 s. */
  readonly farMs?: number;
  onFault(error: unknown, what: string): void;
}
