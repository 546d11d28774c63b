// Read the stream, fold, decide, append at the revision read. A command that was handled before is answered, not decided again.
import type { CommandMetadata, Command } from './command.js';
import type { CommandOutcome } from './command-bus.port.js';
import type { Decider } from './decider.js';
import { DuplicateConflict, WrongExpectedVersion } from './errors.js';
import type { DomainEvent, NewEvent, Position, StreamId } from './event.js';
import type { EventStore } from './event-store.port.js';
import { derivedId } from './ids.port.js';

const TRIES = 4;

export async function handleCommand<C extends Command, E extends DomainEvent, S>(
  store: EventStore,
  decider: Decider<C, E, S>,
  stream: StreamId,
  command: C,
  metadata: CommandMetadata,
): Promise<CommandOutcome<S>> {
  for (let attempt = 1; ; attempt += 1) {
    const before = await load(store, decider, stream, command.type, metadata.commandId);
    if (before.handledAt !== null) return { state: before.state, revision: before.revision, position: before.handledAt, changed: true };

    const decided = decider.decide(command, before.state, metadata);
    if (decided.length === 0) return { state: before.state, revision: before.revision, position: null, changed: false };

    const [result] = await store.append([
      {
        stream,
        expected: before.revision < 0n ? 'none' : before.revision,
        events: decided.map((event, index) => recordable(event, index, command, metadata)),
      },
    ]);
    if (result?.ok === true) {
      const state = decided.reduce((folded, event) => decider.evolve(folded, event), before.state);
      return { state, revision: result.revision, position: result.position, changed: true };
    }
    const conflict = result?.error instanceof WrongExpectedVersion;
    if (!conflict || attempt === TRIES) throw result?.error ?? new Error('the store answered nothing');
  }
}

interface Loaded<S> {
  readonly state: S;
  readonly revision: bigint;
  readonly handledAt: Position | null;
}

async function load<E extends DomainEvent, S>(
  store: EventStore,
  decider: Decider<never, E, S>,
  stream: StreamId,
  commandType: string,
  commandId: string,
): Promise<Loaded<S>> {
  let state = decider.initialState;
  let revision = -1n;
  let handledAt: Position | null = null;
  for await (const event of store.readStream(stream)) {
    state = decider.evolve(state, event as unknown as E);
    revision = event.revision;
    if (event.meta.commandId !== commandId) continue;
    // The id of another wish: answering its result would report as done what never was.
    if (event.meta.commandType !== commandType) throw new DuplicateConflict(event.id);
    handledAt = event.position;
  }
  return { state, revision, handledAt };
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
