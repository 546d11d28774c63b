// Lets the source of a subscription know when its subscriber has left, even where nobody handed the signal on: through the async context.
import { AsyncLocalStorage } from 'node:async_hooks';

const storage = new AsyncLocalStorage<AbortSignal>();

export function subscribing<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  return storage.run(signal, work);
}

/** Aborts when the subscriber at hand leaves; undefined outside of every subscription. */
export function subscriberSignal(): AbortSignal | undefined {
  return storage.getStore();
}
