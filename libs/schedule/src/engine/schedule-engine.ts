// Owns the schedules of the shards whose leases this process holds: takes up what falls due or is under way, follows the log for what others do to
// them and for the end of what they started, and holds them against the clocks every second.
import { comparePositions, idOf, tenantOf, type Position, type RecordedEvent, type Subscription, type Timer } from '@kari/kernel';
import { SCHEDULE_CATEGORY, scheduleEvents } from '../life/schedule.events.js';
import { AHEAD_MS } from '../life/schedule.decider.js';
import { shardOf } from '../life/schedule.commands.js';
import { iso } from '../timing/timing.rules.js';
import type { ScheduleEngineParts } from './engine-parts.js';
import { HORIZON_MS, LiveSchedule, LOOK_MS, type ScheduleHost } from './live-schedule.js';
import { Turns } from './turns.js';

const AT_ONCE = 16;
const FIND_MS = HORIZON_MS / 2;
const RETRY_MS = 500;
/** The wall clock has jumped when it moved so much more, or less, than the monotonic one. */
const JUMP_MS = 2_000;
const CATEGORY = `${SCHEDULE_CATEGORY}-`;

interface Shard {
  readonly number: number;
  readonly ending: AbortController;
  readonly schedules: Map<string, LiveSchedule>;
}

export class ScheduleEngine {
  private readonly shards = new Map<number, Shard>();
  private readonly watchers = new Map<string, { readonly schedule: LiveSchedule; readonly fire: string }>();
  private readonly turns = new Turns(AT_ONCE);
  private readonly stopping = new AbortController();
  private tail: Subscription | null = null;
  private seen: Position | null = null;
  private ticking: Timer | null = null;
  private foundAt = 0;
  private offset = 0;

  constructor(private readonly parts: ScheduleEngineParts) {}

  /** Follows the log and the clocks; shards may be owned from then on. */
  async start(): Promise<void> {
    this.seen = await this.parts.store.head();
    this.follow();
    this.offset = this.drift();
    this.foundAt = this.parts.clock.monotonic();
    this.ticking = this.parts.timers.every(LOOK_MS, () => this.tick());
  }

  /** Owns a shard until the signal aborts: its lease is lost, or the engine is told to stop. */
  async own(number: number, signal: AbortSignal): Promise<void> {
    const shard: Shard = { number, ending: new AbortController(), schedules: new Map() };
    const stop = (): void => this.giveUp(shard);
    signal.addEventListener('abort', stop, { once: true });
    try {
      // From here on the tail tells of changes; what stands in the log already is asked for.
      this.shards.set(number, shard);
      if (signal.aborted) return;
      await this.find(shard, await this.parts.store.head());
      await aborted(shard.ending.signal);
    } finally {
      signal.removeEventListener('abort', stop);
      this.giveUp(shard);
    }
  }

  /** What may be done for a tenant has changed. */
  tenantChanged(tenant: string): void {
    for (const live of this.all()) if (live.tenant === tenant) live.poke();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.ticking?.cancel();
    const lives = this.all();
    for (const shard of [...this.shards.values()]) this.giveUp(shard);
    await Promise.all(lives.map((live) => live.settled()));
    await this.tail?.stop();
  }

  private follow(): void {
    if (this.stopping.signal.aborted || this.seen === null) return;
    const types = [...scheduleEvents.map(({ type }) => type), ...this.parts.targets.flatMap(({ endings }) => endings)];
    const after = this.seen;
    this.tail = this.parts.store.subscribe({ after, filter: { types } }, (batch) => {
      for (const event of batch.events) this.notice(event);
      if (this.seen === null || comparePositions(batch.position, this.seen) > 0) this.seen = batch.position;
      return Promise.resolve();
    });
    this.tail.ended.catch((error: unknown) => {
      if (this.stopping.signal.aborted) return;
      this.parts.onFault(error, 'following the log of schedules');
      this.parts.timers.after(RETRY_MS, () => this.follow());
    });
  }

  private notice(event: RecordedEvent): void {
    if (!event.stream.startsWith(CATEGORY)) {
      for (const target of this.parts.targets) {
        const end = target.endings.includes(event.type) ? target.endOf(event) : null;
        const watcher = end === null ? undefined : this.watchers.get(end.started);
        if (end !== null) watcher?.schedule.ended(watcher.fire, end.outcome);
      }
      return;
    }
    const schedule = idOf(event.stream);
    const shard = this.shards.get(shardOf(schedule));
    if (shard === undefined || shard.ending.signal.aborted) return;
    this.adopt(shard, tenantOf(event.stream), schedule).noticed(event.revision);
  }

  private tick(): void {
    for (const live of this.all()) live.look();
    const drift = this.drift();
    const jumped = Math.abs(drift - this.offset) > JUMP_MS;
    this.offset = drift;
    if (!jumped && this.parts.clock.monotonic() - this.foundAt < FIND_MS) return;
    this.foundAt = this.parts.clock.monotonic();
    for (const shard of this.shards.values()) {
      this.find(shard, null).catch((error: unknown) => this.parts.onFault(error, 'finding what falls due'));
    }
  }

  /** With a position: on taking a shard over, everything that is under way as well. */
  private async find(shard: Shard, upTo: Position | null): Promise<void> {
    const now = this.parts.clock.now();
    const wanted = { shard: shard.number, dueBefore: iso(now + HORIZON_MS), aheadOf: iso(now + AHEAD_MS), whole: upTo !== null };
    for (const { tenant, schedule } of await this.parts.find(wanted, upTo)) {
      if (shard.ending.signal.aborted) return;
      const known = shard.schedules.has(schedule);
      const live = this.adopt(shard, tenant, schedule);
      if (!known) live.poke();
    }
  }

  private adopt(shard: Shard, tenant: string, schedule: string): LiveSchedule {
    const known = shard.schedules.get(schedule);
    if (known !== undefined) return known;
    const live = new LiveSchedule(this.parts, tenant, schedule, this.hostOf(shard));
    shard.schedules.set(schedule, live);
    return live;
  }

  private hostOf(shard: Shard): ScheduleHost {
    return {
      signal: shard.ending.signal,
      turns: this.turns,
      watch: (started, schedule, fire) => this.watchers.set(started, { schedule, fire }),
      unwatch: (started) => this.watchers.delete(started),
      rest: (live) => {
        live.drop();
        if (shard.schedules.get(live.schedule) === live) shard.schedules.delete(live.schedule);
      },
    };
  }

  private giveUp(shard: Shard): void {
    if (shard.ending.signal.aborted) return;
    shard.ending.abort(new Error('the shard has another owner'));
    for (const live of shard.schedules.values()) live.drop();
    shard.schedules.clear();
    if (this.shards.get(shard.number) === shard) this.shards.delete(shard.number);
  }

  private all(): readonly LiveSchedule[] {
    return [...this.shards.values()].flatMap(({ schedules }) => [...schedules.values()]);
  }

  private drift(): number {
    return this.parts.clock.now() - this.parts.clock.monotonic();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
