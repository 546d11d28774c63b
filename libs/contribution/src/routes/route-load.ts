// What routes may have in hand at once: calls of one extension in one tenant, calls of the process, and bytes of bodies held in memory.
import { rejected } from '@kari/kernel';

export interface LoadLimits {
  readonly perExtension: number;
  readonly calls: number;
  readonly bytes: number;
}

const routeLimits: LoadLimits = { perExtension: 64, calls: 512, bytes: 128 * 1024 * 1024 };

export class RouteLoad {
  private readonly inHand = new Map<string, number>();
  private calls = 0;
  private bytes = 0;

  constructor(private readonly limits: LoadLimits = routeLimits) {}

  /** Calls and bytes in hand now. */
  now(): { readonly calls: number; readonly bytes: number } {
    return { calls: this.calls, bytes: this.bytes };
  }

  /** Throws `Rejection` CONTRIBUTION_ROUTE_BUSY; the answer gives the room back, once. */
  enter(tenant: string, extension: string): () => void {
    const { perExtension, calls } = this.limits;
    const key = `${tenant}~${extension}`;
    const own = this.inHand.get(key) ?? 0;
    if (own >= perExtension) throw rejected('CONTRIBUTION_ROUTE_BUSY', { what: extension, count: own });
    if (this.calls >= calls) throw rejected('CONTRIBUTION_ROUTE_BUSY', { what: 'this server', count: this.calls });
    this.inHand.set(key, own + 1);
    this.calls += 1;
    return once(() => {
      this.calls -= 1;
      const left = (this.inHand.get(key) ?? 1) - 1;
      if (left === 0) this.inHand.delete(key);
      else this.inHand.set(key, left);
    });
  }

  /** Room for that many bytes. Throws `Rejection` CONTRIBUTION_ROUTE_BUSY; the answer gives it back, once. */
  hold(bytes: number): () => void {
    if (this.bytes + bytes > this.limits.bytes) throw rejected('CONTRIBUTION_ROUTE_BUSY', { what: 'this server', count: this.calls });
    this.bytes += bytes;
    return once(() => void (this.bytes -= bytes));
  }
}

function once(work: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    work();
  };
}
