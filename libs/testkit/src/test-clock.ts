// Time that stands still until the test moves it.

const RealDate = Date;

export class TestClock {
  #now: number;
  #installed = false;

  /** ISO 8601. */
  constructor(start: string) {
    this.#now = RealDate.parse(start);
    if (Number.isNaN(this.#now)) throw new RangeError(`${start} is not a time`);
  }

  /** Milliseconds since 1970. */
  now(): number {
    return this.#now;
  }

  /** Moves on; never back. */
  advance(milliseconds: number): void {
    if (milliseconds < 0) throw new RangeError('time does not go back');
    this.#now += milliseconds;
  }

  /** Makes `Date` follow this clock for everything in the process, until `uninstall`. */
  install(): void {
    const now = () => this.#now;
    globalThis.Date = class extends RealDate {
      constructor(...parts: readonly unknown[]) {
        super(...((parts.length === 0 ? [now()] : parts) as [number]));
      }
      static override now(): number {
        return now();
      }
    } as DateConstructor;
    this.#installed = true;
  }

  uninstall(): void {
    if (this.#installed) globalThis.Date = RealDate;
    this.#installed = false;
  }
}
