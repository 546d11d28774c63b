// How many effects are made at once, and whose turn it is: tenants take turns, so that one with thousands waiting holds nobody up.

export class FairGate {
  private inside = 0;
  private readonly waiting = new Map<string, (() => void)[]>();

  constructor(private readonly limit: number) {}

  /** Resolves with what gives the place back; rejects with the signal's reason when it aborts first. */
  enter(tenant: string, signal: AbortSignal): Promise<() => void> {
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    if (this.inside < this.limit) {
      this.inside += 1;
      return Promise.resolve(this.leaving());
    }
    return new Promise((resolve, reject) => {
      const go = (): void => {
        signal.removeEventListener('abort', give);
        resolve(this.leaving());
      };
      const give = (): void => {
        this.forget(tenant, go);
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', give, { once: true });
      const queue = this.waiting.get(tenant) ?? [];
      queue.push(go);
      this.waiting.set(tenant, queue);
    });
  }

  private leaving(): () => void {
    let left = false;
    return () => {
      if (left) return;
      left = true;
      const [next] = this.waiting;
      if (next === undefined) {
        this.inside -= 1;
        return;
      }
      // The place passes on; the tenant goes to the end of the line.
      const [tenant, queue] = next;
      const go = queue.shift();
      this.waiting.delete(tenant);
      if (queue.length > 0) this.waiting.set(tenant, queue);
      go?.();
    };
  }

  private forget(tenant: string, go: () => void): void {
    const left = (this.waiting.get(tenant) ?? []).filter((other) => other !== go);
    if (left.length === 0) this.waiting.delete(tenant);
    else this.waiting.set(tenant, left);
  }
}
