// The workflow benchmark at its smallest size: it runs and gives its figures. What they are is nobody's business here.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it } from '@jest/globals';
import { runToCompletion } from '@kari/platform/process';
import { patienceFor, sizeOf } from './support/size.js';

/** A takeover costs the six seconds of a lease. */
const KILLED = sizeOf('bench killed', { t1: 0, t2: 20, t3: 20 });

interface Line {
  readonly bench?: string;
  readonly tasksPerSecond?: { readonly median: number };
  readonly lost?: { readonly high: number };
}

it(
  'runs',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kari-bench-spec-'));
    const results = join(folder, 'results.jsonl');
    const done = await runToCompletion(process.execPath, ['test/bench/run.mjs', 'workflow', '--rounds', '1', '--seconds', '0.05'], {
      kind: 'benchmark',
      cwd: resolve(import.meta.dirname, '..'),
      environment: {
        PATH: process.env['PATH'] ?? '',
        HOME: process.env['HOME'] ?? '',
        KARI_BENCH_RESULTS: results,
        BENCH_CONTENDERS: 'Kari',
        BENCH_LOADS: 'three/50,fanOut/1',
        BENCH_TIMERS: '5',
        BENCH_TIMER_SECONDS: '0.1',
        BENCH_KILLED: String(KILLED),
      },
      timeoutMs: 120_000,
    });
    expect([done.code, done.stderr]).toEqual([0, '']);
    const lines = readFileSync(results, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
    rmSync(folder, { recursive: true, force: true });
    const killed = KILLED === 0 ? [] : [`SIGKILL with ${KILLED} runs in flight`];
    expect(lines.flatMap(({ bench }) => bench ?? [])).toEqual([
      'run of 3 no-ops',
      'fan-out to 100 no-ops',
      '5 timers of 0.1 s, lateness',
      ...killed,
    ]);
    expect(lines.every(({ tasksPerSecond }) => tasksPerSecond === undefined || tasksPerSecond.median > 0)).toBe(true);
    expect(lines.every(({ lost }) => lost === undefined || lost.high === 0)).toBe(true);
  },
  patienceFor(120_000),
);
