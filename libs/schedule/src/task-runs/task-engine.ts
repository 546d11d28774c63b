// Works at the runs of tasks of the shards whose leases this process holds: takes up what is open, follows the log for what is started and cancelled,
// begins what may begin, and records what it came to. Everything here may be repeated by another owner: an attempt that was in hand when its owner died
// is interrupted and comes again, under the same key.
import {
  categoryOf,
  comparePositions,
  idOf,
  tenantOf,
  type Position,
  type RecordedEvent,
  type Subscription,
  type Timer,
} from '@kari/kernel';
import { extensionOf } from '../tasks/task.commands.js';
import { arranged, chosen, type Candidate, type OpenRun } from './dispatch.rules.js';
import { LiveTaskRun } from './live-task-run.js';
import type { TaskEngineParts } from './task-engine-parts.js';
import { taskShardOf } from './task-run.commands.js';
import { TASK_RUN_CATEGORY, taskRunEvents } from './task-run.events.js';

const LOOK_MS = 500;
const RETRY_MS = 500;

interface Shard {
  readonly ending: AbortController;
  readonly runs: Map<string, LiveTaskRun>;
}

export class TaskEngine {
  private readonly shards = new Map<number, Shard>();
  private readonly stopping = new AbortController();
  private tail: Subscription | null = null;
  private seen: Position | null = null;
  private ticking: Timer | null = null;
  private arranging: Promise<void> | null = null;
  private again = false;

  constructor(private readonly parts: TaskEngineParts) {}

  /** Follows the log; shards may be owned from then on. */
  async start(): Promise<void> {
    this.seen = await this.parts.store.head();
    this.follow();
    this.ticking = this.parts.timers.every(LOOK_MS, () => this.arrange());
  }

  /** Owns a shard until the signal aborts: its lease is lost, or the engine has stopped. */
  async own(number: number, signal: AbortSignal): Promise<void> {
    const shard: Shard = { ending: new AbortController(), runs: new Map() };
    const stop = (): void => this.giveUp(number, shard);
    signal.addEventListener('abort', stop, { once: true });
    try {
      // From here on the tail tells of changes; what stands in the log already is asked for.
      this.shards.set(number, shard);
      if (signal.aborted) return;
      for (const { tenant, run } of await this.parts.find(number, await this.parts.store.head())) this.adopt(shard, tenant, run, true);
      this.arrange();
      await aborted(shard.ending.signal);
    } finally {
      signal.removeEventListener('abort', stop);
      this.giveUp(number, shard);
    }
  }

  /** Begins nothing any more and waits for what is in hand; leases may be released then. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.ticking?.cancel();
    await this.arranging;
    await Promise.all(this.all().map((live) => live.settled()));
    for (const [number, shard] of [...this.shards]) this.giveUp(number, shard);
    await this.tail?.stop();
  }

  private follow(): void {
    if (this.seen === null) return;
    const types = taskRunEvents.map(({ type }) => type);
    this.tail = this.parts.store.subscribe({ after: this.seen, filter: { types } }, (batch) => {
      for (const event of batch.events) this.notice(event);
      if (this.seen === null || comparePositions(batch.position, this.seen) > 0) this.seen = batch.position;
      return Promise.resolve();
    });
    this.tail.ended.catch((error: unknown) => {
      if (this.stopping.signal.aborted) return;
      this.parts.onFault(error, 'following the log of task runs');
      this.parts.timers.after(RETRY_MS, () => this.follow());
    });
  }

  private notice(event: RecordedEvent): void {
    if (categoryOf(event.stream) !== TASK_RUN_CATEGORY) return;
    const tenant = tenantOf(event.stream);
    const shard = this.shards.get(taskShardOf(tenant, extensionOf((event.data as { readonly task: string }).task)));
    if (shard === undefined || shard.ending.signal.aborted) return;
    this.adopt(shard, tenant, idOf(event.stream), false).noticed(event.revision);
    this.arrange();
  }

  private adopt(shard: Shard, tenant: string, run: string, inherited: boolean): LiveTaskRun {
    const { parts, stopping } = this;
    const live =
      shard.runs.get(run) ?? new LiveTaskRun(parts, tenant, run, inherited, shard.ending.signal, stopping.signal, () => this.arrange());
    shard.runs.set(run, live);
    return live;
  }

  /** Sees to everything that can be seen to now; one round at a time. */
  private arrange(): void {
    if (this.stopping.signal.aborted) return;
    this.again = true;
    this.arranging ??= this.rounds()
      .catch((error: unknown) => {
        this.again = false;
        this.parts.onFault(error, 'arranging task runs');
      })
      .finally(() => {
        this.arranging = null;
        // What came while the round was ending.
        if (this.again) this.arrange();
      });
  }

  private async rounds(): Promise<void> {
    while (this.again && !this.stopping.signal.aborted) {
      this.again = false;
      const candidates: Candidate[] = [];
      for (const shard of this.shards.values()) {
        for (const lane of await this.lanesOf(shard)) candidates.push(...(await this.arrangeLane(lane)));
      }
      const inHand = new Map<string, number>();
      for (const { tenant, inHand: busy } of this.all()) if (busy) inHand.set(tenant, (inHand.get(tenant) ?? 0) + 1);
      const next = chosen(candidates, inHand);
      for (const { run } of next)
        this.all()
          .find((live) => live.run === run)
          ?.begin();
    }
  }

  /** Runs that are known to be open, by extension and tenant. What has ended is let go. */
  private async lanesOf(shard: Shard): Promise<readonly (readonly LiveTaskRun[])[]> {
    const lanes = new Map<string, LiveTaskRun[]>();
    for (const live of [...shard.runs.values()]) {
      if (shard.ending.signal.aborted) return [];
      const open = await this.guarded(() => this.lookAt(live, shard));
      if (open === null) continue;
      const key = `${live.tenant} ${extensionOf(open.task)}`;
      lanes.set(key, [...(lanes.get(key) ?? []), live]);
    }
    return [...lanes.values()];
  }

  private async lookAt(live: LiveTaskRun, shard: Shard): Promise<OpenRun | null> {
    await live.catchUp();
    if (live.isOver && !live.inHand) shard.runs.delete(live.run);
    if (live.isOver || !this.parts.mayWork(live.tenant)) return null;
    await live.seeTo();
    return live.open(this.parts.clock.now());
  }

  /** One that cannot be seen to now keeps none of the others waiting: it comes again at the next look. */
  private async guarded<T>(work: () => Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch (error) {
      this.parts.onFault(error, 'looking at a run of a task');
      return null;
    }
  }

  private async arrangeLane(lane: readonly LiveTaskRun[]): Promise<readonly Candidate[]> {
    const now = this.parts.clock.now();
    const ordered = [...lane].sort((a, b) => a.comparedTo(b));
    const byRun = new Map(ordered.map((live) => [live.run, live]));
    const { begin, skip, cancel } = arranged(ordered.flatMap((live) => live.open(now) ?? []));
    for (const { run, reason } of skip) await this.guarded(async () => byRun.get(run)?.skip(reason));
    for (const run of cancel) await this.guarded(async () => byRun.get(run)?.makeRoom());
    return begin.flatMap((run) => {
      const live = byRun.get(run);
      return live === undefined ? [] : [{ tenant: live.tenant, run }];
    });
  }

  private giveUp(number: number, shard: Shard): void {
    if (!shard.ending.signal.aborted) shard.ending.abort(new Error('the shard has another owner'));
    if (this.shards.get(number) === shard) this.shards.delete(number);
  }

  private all(): readonly LiveTaskRun[] {
    return [...this.shards.values()].flatMap(({ runs }) => [...runs.values()]);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
