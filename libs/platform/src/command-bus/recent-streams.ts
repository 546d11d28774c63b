// The streams that commands were sent to of late, folded: so that a long life does not make the next command slow. Each use still reads what
// came after, so nothing here is ever believed to be the end of the log.
import type { KnownStream, StreamId, StreamMemory } from '@kari/kernel';

const MOST_STREAMS = 500;
/** A stream that more commands have made is read anew each time: remembering them would cost more than it spares. */
const MOST_COMMANDS = 20_000;

export class RecentStreams implements StreamMemory {
  // In order of last use: the first key is the one to forget.
  private readonly known = new Map<StreamId, KnownStream>();

  constructor(private readonly most = MOST_STREAMS) {}

  recall(stream: StreamId): KnownStream | undefined {
    const known = this.known.get(stream);
    if (known === undefined) return undefined;
    this.known.delete(stream);
    this.known.set(stream, known);
    return known;
  }

  remember(stream: StreamId, known: KnownStream): void {
    const before = this.known.get(stream);
    if (before !== undefined && before.revision >= known.revision) return;
    this.known.delete(stream);
    if (known.handled.size > MOST_COMMANDS) return;
    this.known.set(stream, known);
    if (this.known.size <= this.most) return;
    for (const oldest of this.known.keys()) {
      this.known.delete(oldest);
      return;
    }
  }
}
