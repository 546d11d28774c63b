// The moments that one process asks for: those that ask while an answer is on its way are answered together by the next one.
import type { ReservationStore } from './reservation-store.port.js';
import type { Pace } from './reservation.rules.js';

interface Waiting {
  readonly pace: Pace;
  readonly resolve: (waitMs: number) => void;
  readonly reject: (error: unknown) => void;
}

/** Token of `Reservations`. */
export const RESERVATIONS = Symbol('Reservations');

const MOST_TOGETHER = 1_000;

export class Reservations {
  private readonly waiting = new Map<string, Waiting[]>();
  private readonly asking = new Set<string>();

  constructor(private readonly store: ReservationStore) {}

  /** Milliseconds until whoever asks may begin; 0 for at once. Throws `Unavailable`. */
  next(key: string, pace: Pace): Promise<number> {
    return new Promise((resolve, reject) => {
      const queue = this.waiting.get(key) ?? [];
      queue.push({ pace, resolve, reject });
      this.waiting.set(key, queue);
      void this.ask(key);
    });
  }

  private async ask(key: string): Promise<void> {
    if (this.asking.has(key)) return;
    this.asking.add(key);
    try {
      for (let queue = this.waiting.get(key); queue !== undefined && queue.length > 0; queue = this.waiting.get(key)) {
        const [{ pace }] = queue as [Waiting];
        // One version of a workflow may have another limit than the next: each is asked for by its own.
        const other = queue.findIndex((one) => one.pace.limit !== pace.limit || one.pace.perMs !== pace.perMs);
        const together = queue.splice(0, Math.min(other < 0 ? queue.length : other, MOST_TOGETHER));
        if (queue.length === 0) this.waiting.delete(key);
        try {
          const waits = await this.store.reserve(key, pace, together.length);
          together.forEach(({ resolve }, index) => resolve(waits[index] ?? 0));
        } catch (error) {
          for (const { reject } of together) reject(error);
        }
      }
    } finally {
      this.asking.delete(key);
    }
  }
}
