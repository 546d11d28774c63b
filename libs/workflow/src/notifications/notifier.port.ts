// Ways to tell people outside of an approval. Two adapters: the log of the server, and a webhook of the tenant.
import type { Notification } from './notification.rules.js';

export interface Notifier {
  /** Resolves once it was taken. Throws `Rejection` with the code of what went wrong: told again later, under the same name. */
  tell(notification: Notification, signal: AbortSignal): Promise<void>;
}
