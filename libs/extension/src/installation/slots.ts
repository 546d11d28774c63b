// So many at a time, first come first served: a thousand installs must not start a thousand processes at once.

export class Slots {
  private free: number;
  private readonly waiting = new Set<() => void>();

  constructor(size: number) {
    this.free = size;
  }

  /** Rejects with the signal's reason when it aborts before there is room; the work itself must listen to it. */
  async hold<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    await this.take(signal);
    try {
      return await work();
    } finally {
      this.give();
    }
  }

  private take(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.free > 0) {
      this.free -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const aborted = (): void => {
        this.waiting.delete(go);
        reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
      };
      const go = (): void => {
        signal.removeEventListener('abort', aborted);
        resolve();
      };
      this.waiting.add(go);
      signal.addEventListener('abort', aborted, { once: true });
    });
  }

  private give(): void {
    for (const next of this.waiting) {
      this.waiting.delete(next);
      next();
      return;
    }
    this.free += 1;
  }
}
