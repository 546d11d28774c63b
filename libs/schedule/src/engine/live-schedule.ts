// One schedule in the hands of its owner: what is due is decided, what is decided is started, what was started is watched until its end. Everything
// here may be repeated by another owner; facts and the key of a fire see to it that nothing happens twice.
import { Rejection, Unavailable, type Timer } from '@kari/kernel';
import type { ScheduledOutcome, ScheduleTarget } from '../contract.js';
import type { ScheduleCommand } from '../life/schedule.commands.js';
import { scheduleStream } from '../life/schedule.commands.js';
import { isAhead } from '../life/schedule.decider.js';
import type { ScheduleEvent } from '../life/schedule.events.js';
import { evolveSchedule, initialSchedule, type KnownSchedule, type OpenFire, type ScheduleState } from '../life/schedule-state.rules.js';
import { iso } from '../timing/timing.rules.js';
import type { ScheduleEngineParts } from './engine-parts.js';
import { SteadyClock } from './steady-clock.js';
import type { Turns } from './turns.js';

const TRY_AGAIN_MS = 1_000;
/** A schedule whose next time is further away is found again when it comes nearer. */
export const HORIZON_MS = 60_000;
/** How often every schedule in hand is held against the clocks. */
export const LOOK_MS = 1_000;
/** Refusals that say nothing of what was to be started: they pass. */
const PASSING = new Set(['TENANCY_TENANT_SUSPENDED', 'TENANCY_SNAPSHOT_STALE', 'REQUEST_CONFLICT', 'REQUEST_UNAVAILABLE']);

export interface ScheduleHost {
  readonly signal: AbortSignal;
  readonly turns: Turns;
  /** Tells of the end of what a fire started, from now on. */
  watch(started: string, schedule: LiveSchedule, fire: string): void;
  unwatch(started: string): void;
  /** Nothing will have to be done for it soon. */
  rest(schedule: LiveSchedule): void;
}

export class LiveSchedule {
  private state: ScheduleState = initialSchedule;
  private revision = -1n;
  private wanted = 0n;
  private clock: SteadyClock;
  private counted = '';
  private working: Promise<void> | null = null;
  private again = false;
  private alarm: Timer | null = null;
  /** Something was left undone because nothing may be done for its tenant. */
  private held = false;
  private readonly ends = new Map<string, ScheduledOutcome>();
  private readonly watched = new Map<string, string>();

  constructor(
    private readonly parts: ScheduleEngineParts,
    readonly tenant: string,
    readonly schedule: string,
    private readonly host: ScheduleHost,
  ) {
    this.clock = new SteadyClock(parts.clock);
  }

  /** The log has gone on to there. */
  noticed(revision: bigint): void {
    if (revision <= this.revision) return;
    if (revision > this.wanted) this.wanted = revision;
    this.poke();
  }

  ended(fire: string, outcome: ScheduledOutcome): void {
    this.ends.set(fire, outcome);
    this.poke();
  }

  /** Sees to it when something is to be done now; called each LOOK_MS. */
  look(): void {
    if (this.working !== null || this.alarm !== null) return;
    if (this.held) return this.parts.mayWork(this.tenant) ? this.poke() : undefined;
    const wait = this.wait();
    if (wait === null || wait > LOOK_MS) return;
    if (wait <= 0) return this.poke();
    this.alarm = this.parts.timers.after(wait, () => {
      this.alarm = null;
      this.poke();
    });
  }

  poke(): void {
    if (this.host.signal.aborted) return;
    this.again = true;
    this.working ??= this.host.turns
      .take(() => this.work())
      .catch((error: unknown) => {
        this.parts.onFault(error, 'a schedule');
        this.parts.timers.after(TRY_AGAIN_MS, () => this.poke());
      })
      .finally(() => {
        this.working = null;
        if (this.again && !this.host.signal.aborted) this.poke();
      });
  }

  /** Resolves when nothing of it is being done. */
  async settled(): Promise<void> {
    while (this.working !== null) await this.working;
  }

  drop(): void {
    this.alarm?.cancel();
    this.alarm = null;
    for (const started of this.watched.values()) this.host.unwatch(started);
    this.watched.clear();
  }

  private async work(): Promise<void> {
    while (this.again && !this.host.signal.aborted) {
      this.again = false;
      await this.catchUp();
      if (this.state.status === 'none') return this.host.rest(this);
      this.held = !this.parts.mayWork(this.tenant);
      if (this.held) return;
      await this.seeTo();
    }
    this.look();
    if (this.state.status === 'none' || (!this.inHand() && !this.isNear(this.state))) this.host.rest(this);
  }

  private async seeTo(): Promise<void> {
    for (const open of this.known()?.open ?? []) {
      if (this.host.signal.aborted) return;
      await this.seeToFire(open);
    }
    const state = this.known();
    if (state === null || this.host.signal.aborted) return;
    const now = this.time(state);
    if (state.next === null || state.status !== 'active' || (state.next > now && !isAhead(state, now))) return;
    await this.send({ type: 'AdvanceSchedule', data: { schedule: this.schedule, now } });
    // What was decided is started in the next round, and where more is due than one decision holds, that is too.
    this.again = true;
  }

  private async seeToFire({ fire, started, cancelling }: OpenFire): Promise<void> {
    const target = this.target();
    if (started === null) return this.start(fire, target);
    if (!this.watched.has(fire)) {
      this.watched.set(fire, started);
      this.host.watch(started, this, fire);
      // It may have ended before anybody watched.
      const outcome = await target.outcome(this.tenant, started);
      if (outcome !== null) this.ends.set(fire, outcome);
    }
    const outcome = this.ends.get(fire);
    if (outcome !== undefined) return this.end(fire, started, outcome);
    if (cancelling) await target.cancel(this.tenant, started, fire);
  }

  private async start(fire: string, target: ScheduleTarget): Promise<void> {
    const state = this.known();
    if (state === null) return;
    const { schedule, tenant } = this;
    try {
      const started = await target.start({ tenant, id: state.target.id, input: state.input ?? null, fire, correlationId: schedule });
      await this.send({ type: 'RecordFireStart', data: { schedule, fire, started } });
    } catch (error) {
      if (!(error instanceof Rejection) || PASSING.has(error.code)) throw error;
      const reason = Object.entries(error.facts)
        .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
        .join(', ');
      await this.send({
        type: 'RecordFireRefusal',
        data: {
          schedule,
          fire,
          code: error.code,
          reason: `${error.code}${reason === '' ? '' : ` (${reason})`}`.slice(0, 1_000),
          now: this.time(state),
        },
      });
    }
    this.again = true;
  }

  private async end(fire: string, started: string, outcome: ScheduledOutcome): Promise<void> {
    const state = this.known();
    if (state === null) return;
    await this.send({ type: 'RecordFireEnd', data: { schedule: this.schedule, fire, outcome, now: this.time(state) } });
    this.ends.delete(fire);
    this.watched.delete(fire);
    this.host.unwatch(started);
    this.again = true;
  }

  private async catchUp(): Promise<void> {
    if (this.revision >= this.wanted && this.revision >= 0n) return;
    let state = this.state;
    let revision = this.revision;
    for await (const event of this.parts.store.readStream(scheduleStream(this.tenant, this.schedule), { from: revision + 1n })) {
      state = evolveSchedule(state, event as unknown as ScheduleEvent);
      revision = event.revision;
    }
    this.take(state, revision);
  }

  private async send(command: ScheduleCommand): Promise<void> {
    const { state, revision } = await this.parts.send(this.tenant, command, this.schedule);
    this.take(state, revision);
  }

  private take(state: ScheduleState, revision: bigint): void {
    if (revision <= this.revision) return;
    this.state = state;
    this.revision = revision;
    this.alarm?.cancel();
    this.alarm = null;
    if (state.status === 'none') return;
    // Counting anew begins by the wall clock, which is what the fact was dated by.
    const counted = `${state.anchor} ${state.status === 'paused'}`;
    if (counted !== this.counted) this.clock = new SteadyClock(this.parts.clock);
    this.counted = counted;
  }

  /** Null when it is gone. */
  private known(): KnownSchedule | null {
    return this.state.status === 'none' || this.state.status === 'deleted' ? null : this.state;
  }

  private target(): ScheduleTarget {
    const kind = this.known()?.target.kind;
    const target = this.parts.targets.find((one) => one.kind === kind);
    if (target === undefined) throw new Unavailable(`nothing here can start a ${kind ?? 'thing'}`, true);
    return target;
  }

  private time({ timing }: KnownSchedule): string {
    return iso(timing.kind === 'every' || timing.kind === 'after' ? this.clock.now() : this.parts.clock.now());
  }

  private wait(): number | null {
    const state = this.known();
    if (state === null || state.next === null || state.status !== 'active') return null;
    const now = this.time(state);
    return isAhead(state, now) ? 0 : Date.parse(state.next) - Date.parse(now);
  }

  private inHand(): boolean {
    const state = this.known();
    return state !== null && (state.open.length > 0 || state.queue.length > 0);
  }

  private isNear(state: KnownSchedule): boolean {
    if (state.status !== 'active' || state.next === null) return false;
    if (state.timing.kind === 'every' || state.timing.kind === 'after') return true;
    return Date.parse(state.next) - this.parts.clock.now() <= HORIZON_MS;
  }
}
