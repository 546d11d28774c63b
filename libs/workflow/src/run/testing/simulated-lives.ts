// What a process that plays seeds tells of them, line by line.
import type { Break } from './invariants.js';

export interface SeedBreak extends Break {
  readonly seed: number;
}

export interface LivesTold {
  seeds: number;
  steps: number;
  runs: number;
  faults: number;
  moved: number;
  /** Played a second time. */
  again: number;
  breaks: number;
  /** Those whose second life took another way. */
  readonly differing: number[];
}
