// Chance, identity and order from a seed: the same seed gives the same run.
import { v7 } from 'uuid';
import type { Ids } from '../ids.port.js';
import type { Random } from '../random.port.js';
import type { Scheduler } from '../scheduler.port.js';

/** mulberry32: small, even enough for tests, never for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  return { next, bytes: (count) => new Uint8Array(count).map(() => Math.floor(next() * 256)) };
}

const MORNING = Date.UTC(2026, 0, 1);

/** Valid uuids of version 7 in growing order. */
export function seededIds(seed: number): Ids {
  const random = seededRandom(seed);
  let made = 0;
  return { next: () => v7({ msecs: MORNING + (made += 1), random: random.bytes(16), seq: 0 }) };
}

export interface SeededScheduler extends Scheduler {
  /** Every step in the order it was let go: equal for equal seeds. */
  readonly trace: readonly string[];
}

/** Lets one waiting step go at a time, chosen by the seed, once everything that the step before set off has settled. */
export function seededScheduler(seed: number): SeededScheduler {
  const random = seededRandom(seed);
  const waiting: { readonly what: string; readonly go: () => void }[] = [];
  const trace: string[] = [];
  let pumping = false;

  const pump = (): void => {
    const [chosen] = waiting.splice(Math.floor(random.next() * waiting.length), 1);
    if (chosen !== undefined) {
      trace.push(chosen.what);
      chosen.go();
    }
    pumping = waiting.length > 0;
    if (pumping) setImmediate(pump);
  };

  return {
    trace,
    turn: (what) =>
      new Promise((resolve) => {
        waiting.push({ what, go: resolve });
        if (pumping) return;
        pumping = true;
        setImmediate(pump);
      }),
  };
}
