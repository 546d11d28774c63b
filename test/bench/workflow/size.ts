// How large the workflow benchmark is. The environment may make it smaller, to look at one thing or to see that it runs at all.
const { env } = process;

export const size = {
  /** `Kari`, `DBOS`, `Restate`, `graphile-worker`, `pg-boss`; all where nothing is said. */
  contenders: env['BENCH_CONTENDERS']?.split(',') ?? null,
  /** `<workload>/<at once>`, such as `three/50`. */
  loads: env['BENCH_LOADS']?.split(',') ?? null,
  timers: Number(env['BENCH_TIMERS'] ?? 10_000),
  timerSeconds: Number(env['BENCH_TIMER_SECONDS'] ?? 15),
  /** Runs in the hands of the process that is killed; 0 leaves it alone. */
  killed: Number(env['BENCH_KILLED'] ?? 500),
  /** Says which statements they were, for one run. */
  statements: env['BENCH_STATEMENTS'] !== undefined,
  /** A folder for processor profiles of the contenders. */
  profiles: env['BENCH_PROFILES'] ?? null,
};
