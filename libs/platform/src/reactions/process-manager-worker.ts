// Answers facts with commands for one process manager while its lease lasts. The checkpoint follows the sends: a crash repeats some of them,
// and their ids, derived from the fact, make the repeat change nothing.
import {
  derivedId,
  Rejection,
  Unavailable,
  type CommandBus,
  type PlannedCommand,
  type Position,
  type ProcessManager,
  type RecordedEvent,
} from '@kari/kernel';
import type { PoolClient } from 'pg';
import { LeaseLost, type Lease } from '../leases/index.js';
import { LeasedFollower } from './leased-follower.js';
import type { ReactionParts } from './reaction-parts.js';
import * as records from './reaction-records.js';

const TRIES = 4;
const FIRST_PAUSE = 50;
const LONGEST_PAUSE = 10_000;

export class ProcessManagerWorker {
  private readonly follower: LeasedFollower;

  constructor(
    private readonly parts: ReactionParts,
    private readonly bus: CommandBus,
    private readonly manager: ProcessManager<unknown>,
  ) {
    this.follower = new LeasedFollower(parts, manager.name, manager.handles);
  }

  get reached(): Position | null {
    return this.follower.reached;
  }

  /** Something was wished for in the database: look now. */
  look(): void {
    this.follower.wake();
  }

  async work(lease: Lease, signal: AbortSignal): Promise<void> {
    await this.follower.follow(lease, signal, {
      react: (event) => this.handle(event, lease, signal),
      lookAround: () => this.fulfilWishes(lease, signal),
    });
  }

  private async handle(event: RecordedEvent, lease: Lease, signal: AbortSignal): Promise<void> {
    const { name } = this.manager;
    const pool = this.parts.database.pool;
    const process = this.processOf(event);
    if (process.id === null) return;
    const { id } = process;
    if (await records.isParked(pool, name, id)) {
      return this.underFence(lease, async (client) => {
        await records.park(client, name, id, event, null);
        await records.saveCheckpoint(client, name, event.position);
      });
    }
    try {
      if (process.fault !== null) throw process.fault;
      await this.answer(id, event, lease, signal, (client) => records.saveCheckpoint(client, name, event.position));
    } catch (error) {
      if (error instanceof LeaseLost || error instanceof Unavailable || signal.aborted) throw error;
      this.parts.logger.error(
        { manager: name, process: id, event: event.id, type: event.type, error },
        'a process cannot go on; it is parked',
      );
      await this.underFence(lease, async (client) => {
        await records.park(client, name, id, event, (error as Error).message);
        await records.saveCheckpoint(client, name, event.position);
      });
    }
  }

  /** Folds, sends, and only then keeps the state; tries again what fails, some times what nobody should fail at. */
  private async answer(
    id: string,
    event: RecordedEvent,
    lease: Lease,
    signal: AbortSignal,
    alongside: (client: PoolClient) => Promise<void>,
  ): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      signal.throwIfAborted();
      try {
        const { manager, parts } = this;
        const stored = await records.loadState(parts.database.pool, manager.name, id);
        const state = manager.evolve(stored === undefined ? manager.initialState : stored, event);
        const commands = manager.react(state, event);
        for (const [index, planned] of commands.entries()) await this.send(planned, index, event, signal);
        await this.underFence(lease, async (client) => {
          if (JSON.stringify(state) === JSON.stringify(manager.initialState)) await records.deleteState(client, manager.name, id);
          else await records.saveState(client, manager.name, id, state);
          await alongside(client);
        });
        return;
      } catch (error) {
        if (error instanceof LeaseLost || tries >= TRIES) throw error;
        if (!(error instanceof Unavailable))
          this.parts.logger.warn({ manager: this.manager.name, process: id, tries, error }, 'a process failed, trying again');
        await this.parts.timers.sleep(FIRST_PAUSE * 4 ** (tries - 1), signal);
      }
    }
  }

  private async send(planned: PlannedCommand, index: number, event: RecordedEvent, signal: AbortSignal): Promise<void> {
    const { name } = this.manager;
    for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      signal.throwIfAborted();
      try {
        await this.bus.send(planned.command, {
          principal: { id: `system:${name}`, kind: 'system', may: () => true },
          tenant: planned.tenant,
          correlationId: event.meta.correlationId,
          causationId: event.id,
          commandId: derivedId(event.id, name, index),
          ...(event.meta.traceparent === undefined ? {} : { traceparent: event.meta.traceparent }),
        });
        return;
      } catch (error) {
        const fields = { manager: name, command: planned.command.type, tenant: planned.tenant, event: event.id };
        if (error instanceof Rejection && error.code !== 'REQUEST_CONFLICT') {
          // An answer like any other: the bus has put it on record, and the process goes on.
          this.parts.logger.info({ ...fields, code: error.code }, 'a command of a process was rejected');
          return;
        }
        if (!(error instanceof Unavailable || error instanceof Rejection)) throw error;
        this.parts.logger.warn({ ...fields, error }, 'a command of a process cannot be sent now, trying again');
        await this.parts.timers.sleep(pause, signal);
      }
    }
  }

  private async fulfilWishes(lease: Lease, signal: AbortSignal): Promise<void> {
    const { name } = this.manager;
    const pool = this.parts.database.pool;
    for (const { process, wish } of await records.wishes(pool, name)) {
      try {
        let skip = wish === 'skip';
        for (const waiting of await records.waitingBehind(pool, name, process)) {
          const forget = (client: PoolClient) => records.forgetWaiting(client, name, process, waiting.sequence);
          const event = skip ? null : await this.eventAt(waiting);
          skip = false;
          if (event === null) await this.underFence(lease, forget);
          else await this.answer(process, event, lease, signal, forget);
        }
        await this.underFence(lease, (client) => records.unpark(client, name, process));
      } catch (error) {
        if (error instanceof LeaseLost || error instanceof Unavailable || signal.aborted) throw error;
        await records.wishRefused(pool, name, process, (error as Error).message);
      }
    }
  }

  private async eventAt(place: records.WaitingEvent): Promise<RecordedEvent | null> {
    for await (const event of this.parts.store.readStream(place.stream, { from: place.revision, to: place.revision, limit: 1 }))
      return event;
    return null;
  }

  /** Where not even the process can be told, the stream is the best that is known of it. */
  private processOf(event: RecordedEvent): { readonly id: string | null; readonly fault: Error | null } {
    try {
      return { id: this.manager.processOf(event), fault: null };
    } catch (error) {
      return { id: `stream ${event.stream}`, fault: error as Error };
    }
  }

  private async underFence(lease: Lease, work: (client: PoolClient) => Promise<void>): Promise<void> {
    await this.parts.database.transaction(
      async (client) => {
        await this.parts.leases.guard(lease, client);
        await work(client);
      },
      // A power cut may take it back: then the same commands are sent again, under the same ids.
      { durable: false },
    );
  }
}
