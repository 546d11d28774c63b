// The one deadline and the one cancellation of a chain of calls: whatever is called within it, at any depth, gets what is left.
import { rejected, type Clock, type Rejection, type Timers } from '@kari/kernel';

export interface Chain {
  /** Aborts with the `Rejection` that ends the chain. */
  readonly signal: AbortSignal;
  /** Milliseconds left, never negative. */
  remaining(): number;
  /** How it ends when its time is over. */
  overdue(): Rejection;
  /** A branch that may be cancelled by itself; it ends with its parent. */
  branch(): Chain & { cancel(reason: string): void };
  /** Rejects as soon as the chain ends; the work's own outcome is dropped then. */
  within<T>(work: Promise<T>): Promise<T>;
  close(): void;
}

export interface ChainOptions {
  /** What a refusal names. */
  readonly plugin: string;
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
}

export function openChain(clock: Clock, timers: Timers, { plugin, deadlineMs, signal }: ChainOptions): Chain {
  const until = clock.monotonic() + deadlineMs;
  const ended = new AbortController();
  const overdue = () => rejected('PLUGIN_DEADLINE', { plugin, milliseconds: deadlineMs });
  const timer = timers.after(deadlineMs, () => ended.abort(overdue()));
  const cancel = () => ended.abort(cancelled(plugin, 'its caller took it back'));
  if (signal?.aborted === true) cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  const remaining = () => Math.max(0, Math.floor(until - clock.monotonic()));

  return {
    ...chainOf(ended, { remaining, overdue, plugin }),
    close: () => {
      timer.cancel();
      signal?.removeEventListener('abort', cancel);
    },
  };
}

type Shared = Pick<Chain, 'remaining' | 'overdue'> & { readonly plugin: string };

function chainOf(ended: AbortController, shared: Shared): Omit<Chain, 'close'> {
  const { signal } = ended;
  return {
    signal,
    remaining: () => shared.remaining(),
    overdue: () => shared.overdue(),
    within: (work) =>
      new Promise((resolve, reject) => {
        const end = () => reject(signal.reason as Rejection);
        if (signal.aborted) return end();
        signal.addEventListener('abort', end, { once: true });
        work.then(resolve, reject).finally(() => signal.removeEventListener('abort', end));
      }),
    branch: () => {
      const own = new AbortController();
      const end = () => own.abort(signal.reason);
      if (signal.aborted) end();
      signal.addEventListener('abort', end, { once: true });
      return {
        ...chainOf(own, shared),
        cancel: (reason) => own.abort(cancelled(shared.plugin, reason)),
        close: () => signal.removeEventListener('abort', end),
      };
    },
  };
}

function cancelled(plugin: string, reason: string): Rejection {
  return rejected('PLUGIN_CANCELLED', { plugin, reason });
}
