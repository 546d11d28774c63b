// What the supervisor's parts share: the seams of time and chance, and who listens.
import type { Clock, Ids, Random, Timers } from '@kari/kernel';
import type { Logger } from '@kari/platform/telemetry';
import type { Broker } from '../broker/broker.js';
import type { SandboxObserver } from '../contract.js';

export interface SupervisorTools {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly ids: Ids;
  readonly random: Random;
  readonly logger: Logger;
  readonly observer: SandboxObserver;
  readonly broker: Broker;
}
