// Every shard of one kind of work, each held as it comes free, until all are let go.
import type { Timers } from '@kari/kernel';
import { holdShard } from './hold.js';
import type { Leases } from './leases.js';

export interface ShardedWork {
  /** `workflow.run`: its shards are the leases `workflow.run:0`, `workflow.run:1`, … */
  readonly kind: string;
  readonly shards: number;
  readonly timers: Timers;
  /** Told of every failure of the work or of a lease; the next try follows. */
  readonly onError: (error: unknown) => void;
  /** Works on one shard until its signal aborts, and ends soon after. */
  readonly own: (shard: number, signal: AbortSignal) => Promise<void>;
}

export interface HeldShards {
  /** Resolves when the work on every shard has ended and its lease is free; never rejects. */
  release(): Promise<void>;
}

export function holdShards(leases: Leases, { kind, shards, timers, onError, own }: ShardedWork): HeldShards {
  const ending = new AbortController();
  const held = Promise.all(
    Array.from({ length: shards }, (_, shard) =>
      holdShard(leases, `${kind}:${shard}`, { timers, signal: ending.signal, onError }, (_lease, signal) => own(shard, signal)),
    ),
  );
  return {
    release: async () => {
      ending.abort();
      await held;
    },
  };
}
