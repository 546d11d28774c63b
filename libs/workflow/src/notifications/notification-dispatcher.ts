// Tells webhooks what is due: again and again until it was taken, later each time, then parked until somebody decides.
import { Inject, Injectable } from '@nestjs/common';
import {
  COMMAND_BUS,
  derivedId,
  RANDOM,
  Rejection,
  TIMERS,
  Unavailable,
  type CommandBus,
  type Random,
  type Timer,
  type Timers,
} from '@kari/kernel';
import { systemPrincipal } from '@kari/platform/command-bus';
import { LOGGER, type Logger } from '@kari/platform/telemetry';
import { NotificationQueue, type QueuedNotification } from './notification-queue.js';
import { afterFailure } from './notification.rules.js';
import { WebhookNotifier } from './webhook-notifier.adapter.js';

const AT_ONCE = 16;
const LOOK_EVERY_MS = 500;
const PRUNE_EVERY_MS = 3_600_000;

@Injectable()
export class NotificationDispatcher {
  private readonly inHand = new Set<Promise<void>>();
  private timers: Timer[] = [];
  private looking: Promise<void> | null = null;
  private ending = new AbortController();

  constructor(
    @Inject(NotificationQueue) private readonly queue: NotificationQueue,
    @Inject(WebhookNotifier) private readonly notifier: WebhookNotifier,
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
    @Inject(TIMERS) private readonly clock: Timers,
    @Inject(RANDOM) private readonly random: Random,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  start(): void {
    if (this.timers.length > 0) return;
    this.ending = new AbortController();
    this.timers = [
      this.clock.every(LOOK_EVERY_MS, () => this.look()),
      this.clock.every(PRUNE_EVERY_MS, () => void this.queue.prune().catch((error: unknown) => this.failed(error))),
    ];
    this.look();
  }

  /** What is under way is called back; its lease runs out and it is told by the next process, under the same name. */
  async stop(): Promise<void> {
    for (const timer of this.timers) timer.cancel();
    this.timers = [];
    this.ending.abort(new Error('the server stops'));
    await this.looking;
    await Promise.all(this.inHand);
  }

  private look(): void {
    this.looking ??= this.take()
      .catch((error: unknown) => this.failed(error))
      .finally(() => (this.looking = null));
  }

  private async take(): Promise<void> {
    if (this.ending.signal.aborted || this.inHand.size >= AT_ONCE) return;
    for (const notification of await this.queue.claim(AT_ONCE - this.inHand.size)) {
      const work = this.tell(notification)
        .catch((error: unknown) => this.failed(error))
        .finally(() => void this.inHand.delete(work));
      this.inHand.add(work);
    }
  }

  private async tell(notification: QueuedNotification): Promise<void> {
    const { signal } = this.ending;
    const code = await this.attempt(notification, signal);
    if (code === null) return this.queue.delivered(notification);
    if (signal.aborted) return;
    if (code === 'WORKFLOW_WEBHOOK_NONE') return this.queue.dropped(notification, code);
    const attempts = notification.attempts + 1;
    const next = afterFailure(code, attempts, this.random.next());
    if (next === 'park') return this.park(notification, attempts, code);
    await this.queue.again(notification, next, code);
  }

  /** Null when it was taken, otherwise the code of what went wrong; the status of an answer stands in the place of a code. */
  private async attempt(notification: QueuedNotification, signal: AbortSignal): Promise<string | null> {
    try {
      await this.notifier.tell(notification, signal);
      return null;
    } catch (error) {
      if (error instanceof Rejection)
        return error.code === 'WORKFLOW_WEBHOOK_REFUSED' ? `STATUS_${String(error.facts['status'])}` : error.code;
      if (error instanceof Unavailable || signal.aborted) return 'REQUEST_UNAVAILABLE';
      throw error;
    }
  }

  /** The log first: a row parked without a fact would be seen by nobody. */
  private async park(notification: QueuedNotification, attempts: number, code: string): Promise<void> {
    const { tenant, id, run, approval, correlationId } = notification;
    await this.bus.send(
      { type: 'ParkApprovalNotification', data: { notification: id, run, approval, code, attempts } },
      {
        principal: systemPrincipal('workflow.notifications'),
        tenant,
        correlationId,
        commandId: derivedId('park', id, String(attempts), code),
      },
    );
    await this.queue.parked(notification, code);
    this.logger.warn({ tenant, notification: id, run, code, attempts }, 'a notification of an approval was parked');
  }

  /** The lease runs out and the row comes again: nothing is lost by a failure of ours. */
  private failed(error: unknown): void {
    const reason = error instanceof Rejection ? error.code : error instanceof Error ? error.name : 'unknown';
    this.logger.error({ reason }, 'a notification could not be settled');
  }
}
