// Whoever an event is handed to: an extension, or an automation.
import type { Delivery } from './delivery-queue.js';
import type { DeliveryResult } from './delivery.rules.js';

export interface Attempt {
  /** Null when it was taken, otherwise the code of what went wrong. */
  readonly code: string | null;
  /** What became of it, for who looks back. */
  readonly result?: DeliveryResult;
}

export interface Subscriber {
  /** Throws nothing that a subscriber is to blame for. */
  attempt(delivery: Delivery): Promise<Attempt>;
}
