// A store whose methods a spec may replace one by one, to make it slow, broken or gone; what is not replaced is the real one's.
import type { EventStore } from '../event-store.port.js';

type Replaceable<T> = { -readonly [K in keyof T]: T[K] };

export function lentStore(store: EventStore): Replaceable<EventStore> {
  return {
    capabilities: store.capabilities,
    append: (items) => store.append(items),
    readStream: (stream, options) => store.readStream(stream, options),
    readAll: (options) => store.readAll(options),
    subscribe: (options, onBatch) => store.subscribe(options, onBatch),
    head: () => store.head(),
    truncateBefore: (stream, revision) => store.truncateBefore(stream, revision),
    tombstone: (stream) => store.tombstone(stream),
    streamMetadata: (stream) => store.streamMetadata(stream),
  };
}
