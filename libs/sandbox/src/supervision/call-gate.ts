// At most so many calls inside at once; the rest wait in order, up to a bound. Their deadlines keep running while they wait.

export class CallGate {
  private inside = 0;
  private readonly waiting: (() => void)[] = [];
  private readonly emptied: (() => void)[] = [];

  constructor(
    private readonly width: number,
    private readonly longest: number,
  ) {}

  get busy(): number {
    return this.inside + this.waiting.length;
  }

  /** Null when too many wait already; otherwise resolves once there is room, or rejects when the signal aborts first. */
  enter(signal: AbortSignal): Promise<void> | null {
    if (this.inside < this.width) {
      this.inside += 1;
      return Promise.resolve();
    }
    if (this.waiting.length >= this.longest) return null;
    return new Promise((resolve, reject) => {
      const admit = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        this.waiting.splice(this.waiting.indexOf(admit), 1);
        reject(signal.reason as Error);
      };
      this.waiting.push(admit);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  leave(): void {
    const next = this.waiting.shift();
    if (next !== undefined) return next();
    this.inside -= 1;
    if (this.inside === 0) this.emptied.splice(0).forEach((tell) => tell());
  }

  /** Resolves once nobody is inside or waits. */
  whenEmpty(): Promise<void> {
    return this.busy === 0 ? Promise.resolve() : new Promise((resolve) => this.emptied.push(resolve));
  }
}
