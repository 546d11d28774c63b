// A decider's state, fresh at every read: the fold so far is kept, only what came after it is read. For decisions that must not wait for
// a projection (is this token revoked, is this tenant suspended).
import { fold, type Decider, type DomainEvent, type EventStore, type StreamId } from '@kari/kernel';
import { SharedLooks } from './shared-looks.js';

export interface FoldedStream<S> {
  readonly state: S;
  /** Revision of the last event folded, -1n when the stream has none. */
  readonly revision: bigint;
}

const MOST_STREAMS = 10_000;

export class StreamFolds<E extends DomainEvent, S> {
  // In order of last use: the first key is the one to drop.
  private readonly kept = new Map<StreamId, FoldedStream<S>>();
  private readonly looks = new SharedLooks<FoldedStream<S>>();

  constructor(
    private readonly store: EventStore,
    private readonly decider: Pick<Decider<never, E, S>, 'evolve' | 'initialState'>,
    private readonly mostStreams = MOST_STREAMS,
  ) {}

  /**
   * Sees every event that was in the store when it was called. No caller shares a read that began before his call: it may have passed the end of
   * the stream before the event that he must see.
   */
  read(stream: StreamId): Promise<FoldedStream<S>> {
    return this.looks.look(stream, () => this.readOn(stream));
  }

  private async readOn(stream: StreamId): Promise<FoldedStream<S>> {
    const known = this.kept.get(stream) ?? { state: this.decider.initialState, revision: -1n };
    const later: E[] = [];
    let revision = known.revision;
    for await (const event of this.store.readStream(stream, { from: known.revision + 1n })) {
      later.push(event as unknown as E);
      revision = event.revision;
    }
    const current = later.length === 0 ? known : { state: fold(this.decider, known.state, later), revision };
    if (current.revision >= 0n) this.keep(stream, current);
    return current;
  }

  private keep(stream: StreamId, folded: FoldedStream<S>): void {
    const kept = this.kept.get(stream);
    this.kept.delete(stream);
    this.kept.set(stream, kept !== undefined && kept.revision > folded.revision ? kept : folded);
    if (this.kept.size <= this.mostStreams) return;
    for (const oldest of this.kept.keys()) {
      this.kept.delete(oldest);
      return;
    }
  }
}
