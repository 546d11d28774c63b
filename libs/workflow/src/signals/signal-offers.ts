// Offers queued events to the runs that wait for them: each tenant's in order, tenants side by side, one process of all. A run that has had an
// event already takes nothing, so whatever a crash leaves half done is done again from the start.
import { Inject, Injectable } from '@nestjs/common';
import {
  CLOCK,
  derivedId,
  EVENT_STORE,
  handleCommand,
  InvalidEvent,
  isoNow,
  TIMERS,
  type Clock,
  type EventStore,
  type Timer,
  type Timers,
} from '@kari/kernel';
import { holdShard, LEASES, type Leases } from '@kari/platform/leases';
import { LOGGER, type Logger } from '@kari/platform/telemetry';
import { EVALUATOR, type Evaluator } from '../expression/evaluator.js';
import { runStream } from '../run/engine-parts.js';
import { runDecider } from '../run/run.decider.js';
import { correlationWith, EventAnswers } from './listener-judge.js';
import { keyFor } from './listener.rules.js';
import { ListenerTable, type Waiting } from './listener-table.js';
import { SignalQueue, type Signal } from './signal-queue.js';

const PAGE = 500;
const OFFERED_AT_ONCE = 16;
const LOOK_EVERY_MS = 250;
const RETRY_AFTER_MS = 1_000;

@Injectable()
export class SignalOffers {
  private running: { readonly ending: AbortController; readonly held: Promise<void>; readonly timer: Timer } | null = null;
  private readonly lanes = new Map<string, Promise<void>>();
  private owner: AbortSignal | null = null;
  private looking = false;

  constructor(
    private readonly listeners: ListenerTable,
    private readonly queue: SignalQueue,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(EVALUATOR) private readonly evaluator: Evaluator,
    @Inject(LEASES) private readonly leases: Leases,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(TIMERS) private readonly timers: Timers,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  start(): void {
    if (this.running !== null) return;
    const ending = new AbortController();
    const { timers } = this;
    const onError = (error: unknown): void => this.logger.warn({ error }, 'offering events to runs stands still, trying again');
    const held = holdShard(this.leases, 'workflow.signals', { timers, signal: ending.signal, onError }, (_lease, signal) =>
      this.own(signal),
    );
    this.running = { ending, held, timer: timers.every(LOOK_EVERY_MS, () => this.look()) };
  }

  async stop(): Promise<void> {
    const { running } = this;
    this.running = null;
    if (running === null) return;
    running.timer.cancel();
    running.ending.abort();
    await running.held;
  }

  /** Something may be there to offer. */
  look(): void {
    const { owner } = this;
    if (owner === null || this.looking) return;
    this.looking = true;
    void this.openLanes(owner)
      .catch((error: unknown) => this.logger.warn({ error }, 'queued events cannot be read, trying again'))
      .finally(() => (this.looking = false));
  }

  private async own(signal: AbortSignal): Promise<void> {
    this.owner = signal;
    this.look();
    if (!signal.aborted) await new Promise<void>((over) => signal.addEventListener('abort', () => over(), { once: true }));
    this.owner = null;
    await Promise.all(this.lanes.values());
  }

  private async openLanes(signal: AbortSignal): Promise<void> {
    for (const tenant of await this.queue.tenants()) {
      if (signal.aborted || this.lanes.has(tenant)) continue;
      this.lanes.set(
        tenant,
        this.lane(tenant, signal).finally(() => this.lanes.delete(tenant)),
      );
    }
  }

  /** What goes wrong holds up its own tenant alone. */
  private async lane(tenant: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const signalled = await this.queue.oldest(tenant);
        if (signalled === null) return;
        await this.offer(signalled, signal);
        if (signal.aborted) return;
        await this.queue.remove(signalled);
      } catch (error) {
        this.logger.warn({ tenant, error }, 'an event could not be offered to who waits for it, trying again');
        await this.timers.sleep(RETRY_AFTER_MS, signal).catch(() => undefined);
      }
    }
  }

  private async offer(signalled: Signal, signal: AbortSignal): Promise<void> {
    const { tenant, document, position } = signalled;
    const answers = new EventAnswers(this.evaluator, document);
    for (const shape of await this.listeners.shapes(tenant, String(document['type']))) {
      const correlated = await Promise.all(shape.form.correlations.map(([, program]) => answers.ask(program, 'event')));
      const key = keyFor(shape.form, document, correlated);
      if (key === null) continue;
      for (let behind: Waiting | null = null; !signal.aborted;) {
        const page: readonly Waiting[] = await this.listeners.waiting(tenant, shape, key, { before: position, behind, limit: PAGE });
        for (let from = 0; from < page.length && !signal.aborted; from += OFFERED_AT_ONCE)
          await Promise.all(page.slice(from, from + OFFERED_AT_ONCE).map((waiting) => this.offerTo(waiting, signalled, answers)));
        if (page.length < PAGE) break;
        behind = page.at(-1)!;
      }
    }
  }

  private async offerTo({ run, task, filter, wanted }: Waiting, signalled: Signal, answers: EventAnswers): Promise<void> {
    const correlation = await correlationWith(wanted, answers);
    if (correlation === null) return;
    const { tenant, id, correlationId, document } = signalled;
    const command = { type: 'ReceiveEvent', data: { run, task, filter, event: document, correlation } } as const;
    try {
      await handleCommand(this.store, runDecider, runStream(tenant, run), command, {
        commandId: derivedId('signal', id, run, task, filter),
        tenant,
        actor: 'system:workflow.signals',
        actorKind: 'system',
        correlationId,
        causationId: id,
        now: isoNow(this.clock),
      });
    } catch (error) {
      if (!(error instanceof InvalidEvent)) throw error;
      this.logger.warn({ tenant, run, task, event: id, error }, 'an event cannot be kept by the run that waits for it');
    }
  }
}
