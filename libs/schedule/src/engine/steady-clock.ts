// The time of one schedule that counts intervals: set by the wall clock when the schedule is taken up, then carried by the monotonic one. It follows
// small corrections of the wall clock; a jump moves it nowhere.
import type { Clock } from '@kari/kernel';

const FOLLOWED_MS = 1_000;

export class SteadyClock {
  private offset: number;
  private latest = -Infinity;

  constructor(private readonly clock: Clock) {
    this.offset = clock.now() - clock.monotonic();
  }

  /** Milliseconds since the epoch; never runs backwards. */
  now(): number {
    const difference = this.clock.now() - (this.clock.monotonic() + this.offset);
    if (Math.abs(difference) <= FOLLOWED_MS) this.offset += difference;
    this.latest = Math.max(this.latest, this.clock.monotonic() + this.offset);
    return this.latest;
  }
}
