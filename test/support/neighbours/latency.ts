// Latencies under a load that does not wait for slow answers: a call is due when it is due, and what it waits for its turn counts.

/** The value that 99 of 100 do not exceed. */
export function p99(samples: readonly number[]): number {
  const sorted = [...samples].sort((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(sorted.length * 0.99) - 1)] ?? 0;
}

export interface Load {
  readonly everyMs: number;
  readonly forMs: number;
  /** Made once for each time it is due; what it throws ends the test. */
  call(turn: number): Promise<void>;
}

/** Milliseconds from when each call was due to its answer. */
export async function sampled({ everyMs, forMs, call }: Load): Promise<readonly number[]> {
  const began = performance.now();
  const turns = Math.floor(forMs / everyMs);
  return Promise.all(
    Array.from({ length: turns }, async (_, turn) => {
      const due = began + turn * everyMs;
      await new Promise((resolve) => setTimeout(resolve, due - performance.now()));
      await call(turn);
      return performance.now() - due;
    }),
  );
}
