// Owns the runs of the shards whose leases this process holds: takes over those that are open, follows the log for what others do to them,
// and wakes them when their timers are due.
import { comparePositions, idOf, START, tenantOf, Unavailable, type Position, type RecordedEvent, type Subscription } from '@kari/kernel';
import type { WorkflowDocument } from '../definition/document.js';
import { TimerQueue, type DueTimer } from '../timers/timer-queue.js';
import { RUN_CATEGORY, type ChildEnd, type EngineParts } from './engine-parts.js';
import { FairGate } from './fair-gate.js';
import { LiveRun, type RunHost } from './live-run.js';
import type { RunEventOf } from './run.events.js';
import { isOver } from './run-state.rules.js';
import { canSleep } from './sleep.rules.js';
import { inTurns } from './turns.rules.js';

const EFFECTS_AT_ONCE = 256;
const ADVANCED_AT_ONCE = 256;
const FAR_MS = 30_000;
const RETRY_AFTER_MS = 500;
const TAKEN_OVER_AT_ONCE = 32;
const DOCUMENTS_KEPT = 500;

interface Shard {
  readonly number: number;
  readonly ending: AbortController;
  readonly runs: Map<string, LiveRun>;
  /** Runs that have left memory; their timers stay in the queue. */
  readonly asleep: Map<string, Sleeper>;
}

interface Sleeper {
  readonly tenant: string;
  readonly revision: bigint;
  readonly timers: readonly string[];
}

export class RunEngine {
  private readonly shards = new Map<number, Shard>();
  private readonly runs = new Map<string, LiveRun>();
  private readonly parents = new Map<string, Set<LiveRun>>();
  private readonly documents = new Map<string, Promise<WorkflowDocument | null>>();
  private readonly gate: FairGate;
  private readonly turns: FairGate;
  private readonly queue: TimerQueue;
  private readonly stopping = new AbortController();
  private tail: Subscription | null = null;
  private seen: Position | null = null;
  private draining = false;

  constructor(private readonly parts: EngineParts) {
    this.gate = new FairGate(parts.effectsAtOnce ?? EFFECTS_AT_ONCE);
    this.turns = new FairGate(parts.advancedAtOnce ?? ADVANCED_AT_ONCE);
    this.queue = new TimerQueue(parts.clock, parts.timers, (due) => this.fire(due));
  }

  /** Follows the log; shards may be owned from then on. */
  async start(): Promise<void> {
    for (let head: Position | null = null; head === null && !this.stopping.signal.aborted;) {
      head = await this.parts.store.head().catch((error: unknown) => {
        if (error instanceof Unavailable && error.retryable) return null;
        throw error;
      });
      if (head === null) await this.parts.timers.sleep(RETRY_AFTER_MS, this.stopping.signal).catch(() => undefined);
      else this.seen = head;
    }
    if (this.stopping.signal.aborted) return;
    this.follow(this.seen ?? START);
  }

  /** What this process believes of a run that it owns. */
  known(run: string): LiveRun['known'] | null {
    return this.runs.get(run)?.known ?? null;
  }

  /** Runs in memory, and runs that it would wake. */
  get size(): { readonly awake: number; readonly asleep: number } {
    return { awake: this.runs.size, asleep: [...this.shards.values()].reduce((sum, { asleep }) => sum + asleep.size, 0) };
  }

  /** Owns a shard until the signal aborts: its lease is lost, or the engine is told to stop. */
  async own(number: number, signal: AbortSignal): Promise<void> {
    const ending = new AbortController();
    const shard: Shard = { number, ending, runs: new Map(), asleep: new Map() };
    const stop = (): void => this.giveUp(shard);
    signal.addEventListener('abort', stop, { once: true });
    try {
      // From here on the tail tells of new runs of this shard; what stands in the log already is asked for.
      this.shards.set(number, shard);
      if (signal.aborted) return;
      const head = await this.parts.store.head();
      const open = inTurns(await this.parts.openRuns.ofShard(number, head));
      for (let from = 0; from < open.length && !ending.signal.aborted; from += TAKEN_OVER_AT_ONCE) {
        const some = open.slice(from, from + TAKEN_OVER_AT_ONCE).map(({ tenant, run }) => this.adopt(shard, tenant, run));
        for (const run of some) run.poke();
        await Promise.all(some.map((run) => run.settled()));
      }
      await aborted(ending.signal);
    } finally {
      signal.removeEventListener('abort', stop);
      this.giveUp(shard);
    }
  }

  /** No new effects; those under way may finish within the grace and be recorded, the rest is called back and left to the next owner. */
  async stop(graceMs: number): Promise<void> {
    this.draining = true;
    const until = this.parts.clock.monotonic() + graceMs;
    while ([...this.runs.values()].some((run) => run.effects > 0) && this.parts.clock.monotonic() < until) {
      await this.parts.timers.sleep(Math.min(20, graceMs));
    }
    for (const run of [...this.runs.values()]) await run.settled();
    this.stopping.abort();
    for (const shard of [...this.shards.values()]) this.giveUp(shard);
    this.queue.clear();
    await this.tail?.stop();
  }

  private follow(after: Position): void {
    if (this.stopping.signal.aborted) return;
    this.tail = this.parts.store.subscribe({ after, filter: { categories: [RUN_CATEGORY] } }, (batch) => {
      for (const event of batch.events) this.notice(event);
      if (this.seen === null || comparePositions(batch.position, this.seen) > 0) this.seen = batch.position;
      return Promise.resolve();
    });
    this.tail.ended.catch((error: unknown) => {
      if (this.stopping.signal.aborted) return;
      this.parts.onFault(error, 'following the log of runs');
      this.parts.timers.after(RETRY_AFTER_MS, () => this.follow(this.seen ?? after));
    });
  }

  private notice(event: RecordedEvent): void {
    const run = idOf(event.stream);
    if (event.type === 'RunStarted' || event.type === 'RunRetried') {
      const { shard: number } = event.data as RunEventOf<'RunStarted'>['data'];
      const shard = this.shards.get(number);
      if (shard !== undefined && !shard.ending.signal.aborted) this.adopt(shard, tenantOf(event.stream), run);
    }
    (this.runs.get(run) ?? this.woken(run, event.revision))?.noticed(event);
    const end = endOf(event);
    if (end === null) return;
    for (const parent of this.parents.get(run) ?? []) parent.childEnded(run, end);
    this.parents.delete(run);
  }

  private adopt(shard: Shard, tenant: string, run: string): LiveRun {
    const known = this.runs.get(run);
    if (known !== undefined && known.shard === shard.number && shard.runs.has(run)) return known;
    const live = new LiveRun(this.parts, tenant, run, shard.number, this.hostOf(shard));
    shard.asleep.delete(run);
    shard.runs.set(run, live);
    this.runs.set(run, live);
    return live;
  }

  private hostOf(shard: Shard): RunHost {
    return {
      gate: this.gate,
      signal: shard.ending.signal,
      draining: () => this.draining,
      document: (tenant, workflow) => this.document(tenant, workflow),
      arm: ({ tenant, run }, timer, milliseconds) => this.queue.add({ tenant, run, timer }, milliseconds),
      disarm: ({ tenant, run }, timer) => this.queue.remove({ tenant, run, timer }),
      awaitChild: (run, child) => {
        const waiting = this.parents.get(child) ?? new Set();
        waiting.add(run);
        this.parents.set(child, waiting);
      },
      changed: (run) => this.changed(shard, run),
      rested: (run) => this.rested(shard, run),
      turn: (run) => this.turns.enter(run.tenant, shard.ending.signal),
    };
  }

  private changed(shard: Shard, run: LiveRun): void {
    // One that is retried while it ends is not let go: what it has not read yet may open it again.
    if (!isOver(run.state) || run.isBehind) return;
    shard.runs.delete(run.run);
    if (this.runs.get(run.run) === run) this.runs.delete(run.run);
    run.drop();
  }

  /** A run that sleeps costs a few words; its stream is read again when its time comes, or when somebody does something to it. */
  private rested(shard: Shard, live: LiveRun): void {
    const { run, tenant, state, known } = live;
    if (shard.runs.get(run) !== live || !live.atRest) return;
    if (!canSleep(state, this.parts.clock.now(), this.parts.farMs ?? FAR_MS)) return;
    shard.runs.delete(run);
    this.runs.delete(run);
    shard.asleep.set(run, { tenant, revision: known.revision, timers: [...state.timers.keys()] });
  }

  /** Of what it knew when it fell asleep nobody wakes it. */
  private woken(run: string, revision: bigint | null): LiveRun | null {
    for (const shard of this.shards.values()) {
      const sleeper = shard.asleep.get(run);
      if (sleeper === undefined || shard.ending.signal.aborted) continue;
      return revision !== null && revision <= sleeper.revision ? null : this.adopt(shard, sleeper.tenant, run);
    }
    return null;
  }

  private fire({ run, timer }: DueTimer): void {
    (this.runs.get(run) ?? this.woken(run, null))?.poke({ kind: 'timer', timer });
  }

  private document(tenant: string, workflow: { readonly id: string; readonly version: string }): Promise<WorkflowDocument | null> {
    const key = `${tenant} ${workflow.id} ${workflow.version}`;
    const known = this.documents.get(key);
    if (known !== undefined) return known;
    const asked = this.parts.definitions.document(tenant, workflow);
    // Versions never change, so that only what is there is kept.
    asked.then((document) => document === null && this.documents.delete(key)).catch(() => this.documents.delete(key));
    if (this.documents.size >= DOCUMENTS_KEPT) this.documents.delete(this.documents.keys().next().value!);
    this.documents.set(key, asked);
    return asked;
  }

  private giveUp(shard: Shard): void {
    if (shard.ending.signal.aborted) return;
    shard.ending.abort(new Error('the shard has another owner'));
    for (const [id, run] of shard.runs) {
      run.drop();
      if (this.runs.get(id) === run) this.runs.delete(id);
      for (const timer of run.state.timers.keys()) this.queue.remove({ tenant: run.tenant, run: id, timer });
    }
    for (const [id, { tenant, timers }] of shard.asleep) for (const timer of timers) this.queue.remove({ tenant, run: id, timer });
    shard.asleep.clear();
    for (const [child, waiting] of this.parents) {
      for (const run of waiting) if (run.shard === shard.number) waiting.delete(run);
      if (waiting.size === 0) this.parents.delete(child);
    }
    if (this.shards.get(shard.number) === shard) this.shards.delete(shard.number);
  }
}

function endOf({ type, data }: RecordedEvent): ChildEnd | null {
  switch (type) {
    case 'RunCompleted':
      return { outcome: 'completed', output: (data as RunEventOf<'RunCompleted'>['data']).output };
    case 'RunFailed':
      return { outcome: 'failed', error: (data as RunEventOf<'RunFailed'>['data']).error };
    case 'RunCancelled':
      return { outcome: 'cancelled' };
    default:
      return null;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
