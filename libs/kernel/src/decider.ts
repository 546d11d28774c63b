// The shape of an aggregate: commands in, facts out, and a state that facts alone build.
import type { Command, CommandMetadata } from './command.js';
import type { DomainEvent } from './event.js';

export interface Decider<C extends Command, E extends DomainEvent, S> {
  /** Throws `rejected(code, facts)` when the wish cannot be granted; answers [] when it is granted already. */
  decide(command: C, state: S, metadata: CommandMetadata): readonly E[];
  /** Never throws: what happened, happened. */
  evolve(state: S, event: E): S;
  readonly initialState: S;
}

export function fold<E extends DomainEvent, S>(decider: Pick<Decider<never, E, S>, 'evolve'>, state: S, events: Iterable<E>): S {
  let folded = state;
  for (const event of events) folded = decider.evolve(folded, event);
  return folded;
}
