// Runs process managers and reactors. Started and stopped by the server, explicitly.
import { comparePositions, rejected, START, type CommandBus, type Position } from '@kari/kernel';
import { holdShard, type Lease } from '../leases/index.js';
import type { AnyProcessManager, Reactor } from '../registry/index.js';
import { ProcessManagerWorker } from './process-manager-worker.js';
import type { ReactionParts } from './reaction-parts.js';
import { listParked, loadCheckpoint, wish, type ParkedProcess, type ReactionWish } from './reaction-records.js';
import { EverywhereReactorWorker, OnceReactorWorker } from './reactor-worker.js';

export interface ReactionRunnerParts extends ReactionParts {
  readonly bus: CommandBus;
}

export interface ReactionStatus {
  readonly name: string;
  readonly kind: 'process-manager' | 'reactor' | 'reactor-everywhere';
  readonly position: Position;
  /** Positions between the end of the log and it; events, where positions have no holes. */
  readonly behind: number;
  /** Whether this process runs it. */
  readonly here: boolean;
}

interface Leased {
  readonly name: string;
  readonly kind: 'process-manager' | 'reactor';
  readonly worker: { readonly reached: Position | null; work(lease: Lease, signal: AbortSignal): Promise<void>; look?(): void };
}

export interface Reactions {
  readonly managers: readonly AnyProcessManager[];
  readonly reactors: readonly Reactor[];
}

export class ReactionRunner {
  private readonly leased: ReadonlyMap<string, Leased>;
  private readonly everywhere: readonly { readonly reactor: Reactor; readonly worker: EverywhereReactorWorker }[];
  private stopping = new AbortController();
  private running: Promise<unknown>[] = [];

  constructor(
    private readonly parts: ReactionRunnerParts,
    reactions: Reactions,
  ) {
    const managers = reactions.managers.map((manager): Leased => ({
      name: manager.name,
      kind: 'process-manager',
      worker: new ProcessManagerWorker(parts, parts.bus, manager),
    }));
    const once = reactions.reactors
      .filter((reactor) => reactor.runs === 'once')
      .map((reactor): Leased => ({ name: reactor.name, kind: 'reactor', worker: new OnceReactorWorker(parts, reactor) }));
    this.leased = new Map([...managers, ...once].map((leased) => [leased.name, leased]));
    this.everywhere = reactions.reactors
      .filter((reactor) => reactor.runs === 'everywhere')
      .map((reactor) => ({ reactor, worker: new EverywhereReactorWorker(parts, reactor) }));
  }

  /**
   * What every process needs: state in memory. Resolves when the reactors that replay have come to the end the log had at this call, so that
   * what they keep can be relied on.
   */
  async startEverywhere(): Promise<void> {
    const { signal } = this.stopping;
    const head = await this.parts.store.head();
    const replayed: Promise<void>[] = [];
    for (const { reactor, worker } of this.everywhere) {
      this.running.push(worker.work(reactor.replay === true ? START : head, signal));
      if (reactor.replay === true) replayed.push(reaches(worker, head, signal));
    }
    await Promise.all(replayed);
  }

  /** What one process of all does: process managers and reactors that run once. */
  startLeased(): void {
    const { signal } = this.stopping;
    const { leases, timers, logger } = this.parts;
    for (const { name, worker } of this.leased.values()) {
      const onError = (error: unknown): void => logger.warn({ reaction: name, error }, 'a reaction stands still, trying again');
      this.running.push(holdShard(leases, `reaction:${name}`, { timers, signal, onError }, (lease, until) => worker.work(lease, until)));
    }
  }

  async start(): Promise<void> {
    await this.startEverywhere();
    this.startLeased();
  }

  /** Resolves when the event in hand of each is done or given up, and every lease is released. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.running);
    this.running = [];
    this.stopping = new AbortController();
  }

  async statuses(): Promise<readonly ReactionStatus[]> {
    const head = await this.parts.store.head();
    const status = (name: string, kind: ReactionStatus['kind'], position: Position, here: boolean): ReactionStatus => ({
      name,
      kind,
      position,
      behind: Math.max(0, Number(BigInt(head) - BigInt(position))),
      here,
    });
    const leased = await Promise.all(
      [...this.leased.values()].map(async ({ name, kind, worker }) => {
        const here = worker.reached;
        return status(name, kind, here ?? (await loadCheckpoint(this.parts.database.pool, name)), here !== null);
      }),
    );
    return [...leased, ...this.everywhere.map(({ reactor, worker }) => status(reactor.name, 'reactor-everywhere', worker.reached, true))];
  }

  async parked(): Promise<readonly ParkedProcess[]> {
    return listParked(this.parts.database.pool);
  }

  /** Tries a parked process again with everything that waits behind it; `skip` leaves its first event out for good. */
  async redrive(manager: string, process: string, what: ReactionWish = 'retry'): Promise<void> {
    if (!(await wish(this.parts.database.pool, manager, process, what))) {
      throw rejected('REQUEST_NOT_FOUND', { thing: 'parked process', id: process });
    }
    this.leased.get(manager)?.worker.look?.();
  }
}

async function reaches(worker: EverywhereReactorWorker, position: Position, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && comparePositions(worker.reached, position) < 0) await worker.progress();
}
