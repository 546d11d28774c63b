// Hands queued events to their subscribers: at least once, in order for each key, other keys and other tenants unhindered by one that fails.
import { Inject, Injectable } from '@nestjs/common';
import { COMMAND_BUS, derivedId, RANDOM, Rejection, TIMERS, type CommandBus, type Random, type Timer, type Timers } from '@kari/kernel';
import { INSTALLATIONS, type Installations } from '@kari/extension/contract';
import type { BusSubscription } from '@kari/platform/bus';
import { systemPrincipal } from '@kari/platform/command-bus';
import { LOGGER, type Logger } from '@kari/platform/telemetry';
import { isTrigger } from '../automations/automation.rules.js';
import { AutomationSubscriber } from '../automations/automation-subscriber.js';
import type { EventDelivery } from '../contract.js';
import { DeliveryQueue, type Delivery } from './delivery-queue.js';
import { consequenceOf, RENEW_EVERY_MS } from './delivery.rules.js';
import { EventFanOut } from './event-fan-out.js';
import { ExtensionSubscriber } from './extension-subscriber.js';

const AT_ONCE = 32;
const LOOK_EVERY_MS = 500;
const PRUNE_EVERY_MS = 3_600_000;
/** Nobody there wants it any more. */
const SKIPPED = new Set(['AUTOMATION_NOT_SUBSCRIBED', 'AUTOMATION_DISABLED']);

@Injectable()
export class EventDispatcher implements EventDelivery {
  private readonly inHand = new Map<Promise<void>, Delivery>();
  private timers: Timer[] = [];
  private fanOutSubscription: BusSubscription | null = null;
  private stopListening: (() => void) | null = null;
  private looking: Promise<void> | null = null;
  private lookAgain = false;
  private running = false;

  constructor(
    @Inject(EventFanOut) private readonly fanOut: EventFanOut,
    @Inject(DeliveryQueue) private readonly queue: DeliveryQueue,
    @Inject(INSTALLATIONS) private readonly installations: Installations,
    private readonly extensions: ExtensionSubscriber,
    private readonly automations: AutomationSubscriber,
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
    @Inject(TIMERS) private readonly clock: Timers,
    @Inject(RANDOM) private readonly random: Random,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  start(): void {
    if (this.running) return;
    this.running = true;
    this.fanOutSubscription = this.fanOut.start(() => this.look());
    this.stopListening = this.installations.onChange((tenant, extension) => void this.wake(tenant, extension));
    this.timers = [
      this.clock.every(LOOK_EVERY_MS, () => this.look()),
      this.clock.every(RENEW_EVERY_MS, () => void this.renew().catch((error: unknown) => this.failed(error))),
      this.clock.every(PRUNE_EVERY_MS, () => void this.queue.prune().catch((error: unknown) => this.failed(error))),
    ];
    this.look();
  }

  async stop(): Promise<void> {
    this.running = false;
    for (const timer of this.timers) timer.cancel();
    this.stopListening?.();
    await this.fanOutSubscription?.stop();
    await this.looking;
    await Promise.all(this.inHand.keys());
  }

  private renew(): Promise<void> {
    return this.queue.renew([...new Set([...this.inHand.values()].map(({ lease }) => lease))]);
  }

  /** Takes what is due as long as there is room; one look at a time. */
  look(): void {
    if (!this.running) return;
    this.lookAgain = true;
    this.looking ??= this.lookUntilEmpty()
      .catch((error: unknown) => this.failed(error))
      .finally(() => {
        this.looking = null;
        if (this.lookAgain && this.running && this.inHand.size < AT_ONCE) this.look();
      });
  }

  private async lookUntilEmpty(): Promise<void> {
    while (this.lookAgain && this.running) {
      this.lookAgain = false;
      const room = AT_ONCE - this.inHand.size;
      if (room <= 0) return;
      const due = await this.queue.claim(room);
      for (const delivery of due) this.take(delivery);
      if (due.length === room) this.lookAgain = true;
    }
  }

  private take(delivery: Delivery): void {
    const work = this.deliver(delivery)
      .catch((error: unknown) => this.failed(error))
      .finally(() => {
        this.inHand.delete(work);
        this.look();
      });
    this.inHand.set(work, delivery);
  }

  private async deliver(delivery: Delivery): Promise<void> {
    const subscriber = isTrigger(delivery.subscriber) ? this.automations : this.extensions;
    const { code, result } = await subscriber.attempt(delivery);
    if (code === null) return this.queue.delivered(delivery, result);
    if (SKIPPED.has(code)) return this.queue.skipped(delivery, code);
    const consequence = consequenceOf(code, delivery, this.random.next());
    if (consequence.kind === 'again') return this.queue.again(delivery, consequence.counts, consequence.afterMs, code);
    await this.park(delivery, code, consequence.counts);
  }

  /** The log first: a row parked without a fact would be seen by nobody. The command's id makes a repeat the same fact. */
  private async park(delivery: Delivery, code: string, counts: { failures: number; crashes: number; waits: number }): Promise<void> {
    const { tenant, subscriber, id, extension, type, key, parkings, correlationId } = delivery;
    const { failures, crashes } = counts;
    await this.bus.send(
      { type: 'ParkEvent', data: { subscriber, event: id, extension, type, key, code, failures, crashes } },
      {
        principal: systemPrincipal('automation.delivery'),
        tenant,
        correlationId,
        commandId: derivedId('park', tenant, subscriber, id, parkings),
      },
    );
    await this.queue.parked(delivery, counts, code);
    this.logger.warn({ tenant, extension: subscriber, event: id, type, code, failures, crashes }, 'an event was parked');
  }

  private async wake(tenant: string, extension: string): Promise<void> {
    try {
      await this.queue.wake(tenant, extension);
      this.look();
    } catch (error) {
      this.failed(error);
    }
  }

  /** The row stays leased and comes again when the lease runs out: nothing is lost by a failure of ours. */
  private failed(error: unknown): void {
    const reason = error instanceof Rejection ? error.code : error instanceof Error ? error.name : 'unknown';
    this.logger.error({ reason }, 'a delivery could not be settled');
  }
}
