// Latencies under a load that does not wait for slow answers: a call is due when it is due, and what it waits for its turn counts.

/** The value that 99 of 100 do not exceed. */
export function p99(samples: readonly number[]): number {
  const sorted = [...samples].sort((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(sorted.length * 0.99) - 1)] ?? 0;
}

export interface Load {
  readonly everyMs: number;
  readonly forMs: number;
  /** Made once for each time it is due. */
  call(turn: number): Promise<void>;
}

export interface Sampled {
  /** Milliseconds from when each call was due to its answer. */
  readonly milliseconds: number[];
  /** What the calls that failed said. */
  readonly failures: string[];
}

export async function sample({ everyMs, forMs, call }: Load, into: Sampled): Promise<void> {
  const began = performance.now();
  const turns = Math.floor(forMs / everyMs);
  await Promise.all(
    Array.from({ length: turns }, async (_, turn) => {
      const due = began + turn * everyMs;
      await new Promise((resolve) => setTimeout(resolve, due - performance.now()));
      try {
        await call(turn);
        into.milliseconds.push(performance.now() - due);
      } catch (error) {
        into.failures.push((error as Error).message.slice(0, 300));
      }
    }),
  );
}
