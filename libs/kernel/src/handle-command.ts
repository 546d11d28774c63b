// Read the stream, fold, decide, append at the revision read. A command that was handled before is answered, not decided again.
// One that begins its stream is decided before anything is read: the append proves that nothing was there.
import type { CommandMetadata, Command } from './command.js';
import type { CommandOutcome } from './command-bus.port.js';
import type { Decider } from './decider.js';
import { DuplicateConflict, StreamDeleted, WrongExpectedVersion } from './errors.js';
import type { DomainEvent, NewEvent, Position, StreamId } from './event.js';
import type { EventStore } from './event-store.port.js';
import { derivedId } from './ids.port.js';

const TRIES = 4;

/** What is known of a stream up to a revision: its fold, and which commands made it. */
export interface KnownStream {
  readonly state: unknown;
  readonly revision: bigint;
  readonly handled: ReadonlyMap<string, HandledCommand>;
}

interface HandledCommand {
  readonly type: string;
  readonly eventId: string;
  readonly position: Position;
}

/** Spares the reading of what was read before. It may forget at will; what it holds is never older than the log, only shorter. */
export interface StreamMemory {
  recall(stream: StreamId): KnownStream | undefined;
  remember(stream: StreamId, known: KnownStream): void;
}

const nothing: StreamMemory = { recall: () => undefined, remember: () => undefined };

export async function handleCommand<C extends Command, E extends DomainEvent, S>(
  store: EventStore,
  decider: Decider<C, E, S>,
  stream: StreamId,
  command: C,
  metadata: CommandMetadata,
  memory: StreamMemory = nothing,
  begins = false,
): Promise<CommandOutcome<S>> {
  const begun = begins && memory.recall(stream) === undefined ? await beginning(store, decider, stream, command, metadata) : null;
  if (begun !== null) return begun;
  let metDuplicate = false;
  for (let attempt = 1; ; attempt += 1) {
    const before = await load(store, decider, stream, memory);
    const state = before.state as S;
    const handled = before.handled.get(metadata.commandId);
    // The id of another wish: answering its result would report as done what never was.
    if (handled !== undefined && handled.type !== command.type) throw new DuplicateConflict(handled.eventId);
    if (handled !== undefined) return { state, revision: before.revision, position: handled.position, changed: true };

    const decided = decider.decide(command, state, metadata);
    if (decided.length === 0) return { state, revision: before.revision, position: null, changed: false };

    const [result] = await store.append([
      {
        stream,
        expected: before.revision < 0n ? 'none' : before.revision,
        events: decided.map((event, index) => recordable(event, index, command, metadata)),
      },
    ]);
    if (result?.ok === true) {
      const after = decided.reduce((folded, event) => decider.evolve(folded, event), state);
      return { state: after, revision: result.revision, position: result.position, changed: true };
    }
    // The same command, sent twice at once: the other one was quicker, and the next look finds its result. Found elsewhere, it stays a conflict.
    const duplicate: boolean = result?.error instanceof DuplicateConflict && !metDuplicate;
    metDuplicate ||= duplicate;
    const conflict = result?.error instanceof WrongExpectedVersion || duplicate;
    if (!conflict || attempt === TRIES) throw result?.error ?? new Error('the store answered nothing');
  }
}

/** Null where the stream is there already, or nothing would be written to it: then it must be read. */
async function beginning<C extends Command, E extends DomainEvent, S>(
  store: EventStore,
  decider: Decider<C, E, S>,
  stream: StreamId,
  command: C,
  metadata: CommandMetadata,
): Promise<CommandOutcome<S> | null> {
  const decided = decidedOf(decider, command, metadata);
  if (decided.length === 0) return null;
  const [result] = await store.append([
    { stream, expected: 'none', events: decided.map((event, index) => recordable(event, index, command, metadata)) },
  ]);
  if (result?.ok === true) {
    if (result.repeated) return null;
    const state = decided.reduce((folded, event) => decider.evolve(folded, event), decider.initialState);
    return { state, revision: result.revision, position: result.position, changed: true };
  }
  const error = result?.error;
  if (error instanceof WrongExpectedVersion || error instanceof DuplicateConflict || error instanceof StreamDeleted) return null;
  throw error ?? new Error('the store answered nothing');
}

/** A refusal may have another reason, or none, where the stream is there. */
function decidedOf<C extends Command, E extends DomainEvent, S>(
  decider: Decider<C, E, S>,
  command: C,
  metadata: CommandMetadata,
): readonly E[] {
  try {
    return decider.decide(command, decider.initialState, metadata);
  } catch {
    return [];
  }
}

async function load<E extends DomainEvent, S>(
  store: EventStore,
  decider: Decider<never, E, S>,
  stream: StreamId,
  memory: StreamMemory,
): Promise<KnownStream> {
  const known = memory.recall(stream) ?? { state: decider.initialState, revision: -1n, handled: new Map<string, HandledCommand>() };
  let state = known.state as S;
  let revision = known.revision;
  const handled = new Map(known.handled);
  for await (const event of store.readStream(stream, { from: known.revision + 1n })) {
    state = decider.evolve(state, event as unknown as E);
    revision = event.revision;
    handled.set(event.meta.commandId, { type: event.meta.commandType, eventId: event.id, position: event.position });
  }
  const loaded = { state, revision, handled };
  if (revision > known.revision) memory.remember(stream, loaded);
  return loaded;
}

function recordable(event: DomainEvent, index: number, command: Command, metadata: CommandMetadata): NewEvent {
  return {
    id: derivedId(metadata.commandId, index),
    type: event.type,
    version: event.version ?? 1,
    data: event.data,
    meta: {
      tenant: metadata.tenant,
      actor: metadata.actor,
      actorKind: metadata.actorKind,
      commandId: metadata.commandId,
      commandType: command.type,
      correlationId: metadata.correlationId,
      ...(metadata.causationId === undefined ? {} : { causationId: metadata.causationId }),
      occurredAt: metadata.now,
      ...(metadata.traceparent === undefined ? {} : { traceparent: metadata.traceparent }),
    },
  };
}
