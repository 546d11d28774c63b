import type { EventStore, Timers } from '@kari/kernel';
import type { SystemDatabase } from '../database/index.js';
import type { Leases } from '../leases/index.js';
import type { Logger } from '../telemetry/logger.port.js';

/** What every kind of reaction works with. */
export interface ReactionParts {
  readonly store: EventStore;
  readonly database: SystemDatabase;
  readonly leases: Leases;
  readonly timers: Timers;
  readonly logger: Logger;
}
