// The registries every context may fill: `constructor(@Inject(COMMANDS) commands: Registry<AnyCommandDefinition>)` in its module.
import type { CommandDefinition, EventDefinition, ProcessManager, Projection, RecordedEvent, Upcaster } from '@kari/kernel';

export const COMMANDS = Symbol('Registry<CommandDefinition>');
export const EVENTS = Symbol('Registry<EventDefinition>');
export const UPCASTERS = Symbol('Registry<Upcaster>');
export const PROJECTIONS = Symbol('Registry<Projection>');
export const PROCESS_MANAGERS = Symbol('Registry<ProcessManager>');
export const REACTORS = Symbol('Registry<Reactor>');
export const MIGRATIONS = Symbol('Registry<MigrationSet>');

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a registry holds definitions of every command; each is checked where it is written
export type AnyCommandDefinition = CommandDefinition<any, any, any>;
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- likewise
export type AnyProjection = Projection<any>;
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- likewise
export type AnyProcessManager = ProcessManager<any>;
export type AnyEventDefinition = EventDefinition;
export type AnyUpcaster = Upcaster;

/** A side effect caused by an event: idempotent, at least once, in log order, retried with back-off until it resolves. */
export interface Reactor {
  /** `<context>.<name>`; stored in the checkpoint. */
  readonly name: string;
  readonly handles: readonly string[];
  /**
   * `once`: one process of all that run it (a leased shard, durable checkpoint).
   * `everywhere`: each process, from the head of the log at its start (or from the beginning with `replay: true`): for in-memory state.
   */
  readonly runs: 'once' | 'everywhere';
  readonly replay?: boolean;
  react(event: RecordedEvent): Promise<void>;
}

/** Ordered, checksummed SQL of one context: tables that are not projections. Applied by the owner role under an advisory lock. */
export interface MigrationSet {
  /** The context, which is the database schema. */
  readonly context: string;
  readonly migrations: readonly Migration[];
}

export interface Migration {
  /** `0001-blobs`; order is by name. */
  readonly name: string;
  readonly sql: string;
}
