// The moments that one process has given away.
import type { Clock } from '@kari/kernel';
import type { ReservationStore } from './reservation-store.port.js';
import { reserve, waitsOf, type Pace } from './reservation.rules.js';

export class MemoryReservationStore implements ReservationStore {
  private readonly free = new Map<string, number>();

  constructor(private readonly clock: Clock) {}

  reserve(key: string, pace: Pace, count: number): Promise<readonly number[]> {
    const now = this.clock.monotonic();
    const next = reserve(this.free.get(key) ?? null, pace, now, count);
    this.free.set(key, next.free);
    return Promise.resolve(waitsOf(next, pace, now, count));
  }
}
