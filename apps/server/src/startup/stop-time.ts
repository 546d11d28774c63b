// How long a stop may still take: sandboxes have half of it, requests what is left, and the database a moment of its own.
import type { Clock } from '@kari/kernel';

const MOST_FOR_SANDBOXES_MS = 5_000;
const FOR_THE_DATABASE_MS = 1_500;
const LEAST_MS = 250;

export class StopTime {
  private began: number | null = null;

  constructor(
    private readonly wholeMilliseconds: number,
    private readonly clock: Pick<Clock, 'monotonic'>,
  ) {}

  begin(): void {
    this.began ??= this.clock.monotonic();
  }

  get sandboxMilliseconds(): number {
    return Math.min(MOST_FOR_SANDBOXES_MS, this.wholeMilliseconds / 2);
  }

  /** For what is open when the sandboxes have ended. */
  get leftMilliseconds(): number {
    const passed = this.began === null ? 0 : this.clock.monotonic() - this.began;
    return Math.max(LEAST_MS, this.wholeMilliseconds - FOR_THE_DATABASE_MS - passed);
  }
}
