// Waiting for something of a tenant to change, bounded by a signal.
import type { InstallationSnapshot } from '../snapshot/installation-snapshot.js';

/** Resolves when something else of the tenant has changed. */
export function nextChange(snapshot: Pick<InstallationSnapshot, 'onChange'>, tenant: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const over = (): void => {
      stopListening();
      signal.removeEventListener('abort', aborted);
    };
    const stopListening = snapshot.onChange((changed) => {
      if (changed !== tenant) return;
      over();
      resolve();
    });
    const aborted = (): void => {
      over();
      reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    };
    if (signal.aborted) return aborted();
    signal.addEventListener('abort', aborted, { once: true });
  });
}
