// The scheduler with a log in memory, a clock that stands still and work that a test begins and ends. Several owners may share one log.
import { derivedId, handleCommand, isoNow, Rejection, streamId, type RecordedEvent } from '@kari/kernel';
import { lentStore, manualClock, MemoryEventStore, seededIds, settled } from '@kari/kernel/testing';
import type { ScheduledOutcome, ScheduledStart, ScheduleTarget } from '../../contract.js';
import { scheduleStream, type ScheduleCommand } from '../../life/schedule.commands.js';
import { scheduleDecider } from '../../life/schedule.decider.js';
import { scheduleEvents, type ScheduleEvent } from '../../life/schedule.events.js';
import type { ScheduleState } from '../../life/schedule-state.rules.js';
import { scheduleProjection, type ScheduleRow } from '../../list/schedule.projection.js';
import type { ScheduleEngineParts, Wanted } from '../engine-parts.js';
import { ScheduleEngine } from '../schedule-engine.js';

export const TENANT = '00000000-0000-7000-8000-00000000000a';
export const SCHEDULE = '0197a3c0-1111-7000-8000-000000000001';
const ENDED = 'ThingEnded';

interface Asked {
  readonly tenant: string;
  readonly type: string;
}

export class ScheduleRoom {
  readonly clock = manualClock();
  readonly store = new MemoryEventStore({ clock: this.clock });
  readonly faults: unknown[] = [];
  /** Fires in the order in which they were first started. */
  readonly started: string[] = [];
  readonly cancelled: string[] = [];
  readonly sent: Asked[] = [];
  readonly asleep = new Set<string>();
  /** What the next starts meet, one each. */
  readonly trouble: (() => Promise<unknown>)[] = [];
  private readonly ids = seededIds(1);
  private readonly ends = new Map<string, ScheduledOutcome>();

  /** Another process; `kill` ends it as a kill would: nothing it had in mind is done. */
  async owner(): Promise<{ kill(): void; stop(): Promise<void>; look(tenant: string): void }> {
    const dying = new AbortController();
    const engine = new ScheduleEngine(this.parts(dying.signal));
    await engine.start();
    const lease = new AbortController();
    const owning = Promise.all([0, 1, 2, 3].map((shard) => engine.own(shard, lease.signal)));
    await this.quiet();
    const stop = async (): Promise<void> => {
      await engine.stop();
      lease.abort();
      await owning;
    };
    return {
      kill: () => {
        dying.abort();
        void stop();
      },
      stop,
      look: (tenant) => engine.tenantChanged(tenant),
    };
  }

  async send(command: ScheduleCommand, tenant = TENANT): Promise<ScheduleState> {
    return (await this.handle(tenant, command)).state;
  }

  async create(set: Partial<Extract<ScheduleCommand, { type: 'CreateSchedule' }>['data']>): Promise<void> {
    const base = {
      schedule: SCHEDULE,
      name: 'n',
      target: { kind: 'thing', id: 'a' },
      input: { a: 1 },
      overlap: 'skip',
      missed: 'one',
      missedLimit: 100,
    } as const;
    await this.send({ type: 'CreateSchedule', data: { ...base, timing: { every: 10_000 }, ...set } });
    await this.quiet();
  }

  async end(fire: string, outcome: ScheduledOutcome = 'completed'): Promise<void> {
    const started = startedBy(fire);
    this.ends.set(started, outcome);
    const meta = {
      ...{ tenant: TENANT, actor: 'someone', actorKind: 'system' as const, commandId: this.ids.next(), commandType: 'EndThing' },
      ...{ correlationId: started, occurredAt: isoNow(this.clock) },
    };
    const event = { id: this.ids.next(), type: ENDED, version: 1, data: { started, outcome }, meta };
    await this.store.append([{ stream: streamId('work.thing', TENANT, started), expected: 'any', events: [event] }]);
    await this.quiet();
  }

  /** Seconds go by, and everything that they set off is done. */
  async pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      await this.clock.advance(1_000);
      await this.quiet();
    }
  }

  async quiet(): Promise<void> {
    for (let turn = 0; turn < 30; turn += 1) await settled();
  }

  async facts(schedule = SCHEDULE): Promise<readonly (RecordedEvent & ScheduleEvent)[]> {
    const facts: (RecordedEvent & ScheduleEvent)[] = [];
    for await (const event of this.store.readStream(scheduleStream(TENANT, schedule))) facts.push(event as RecordedEvent & ScheduleEvent);
    return facts;
  }

  /** `due 00:00:10`, `skipped 00:00:20` ... of all planned times. */
  async planned(): Promise<readonly string[]> {
    return (await this.facts()).flatMap(({ type, data }) =>
      'plannedAt' in data ? [`${type.replace('ScheduleFire', '').toLowerCase()} ${data.plannedAt.slice(11, 19)}`] : [],
    );
  }

  private parts(dying: AbortSignal): ScheduleEngineParts {
    const alive = async <T>(work: () => Promise<T>): Promise<T> => {
      if (dying.aborted) return new Promise<never>(() => undefined);
      const done = await work();
      return dying.aborted ? new Promise<never>(() => undefined) : done;
    };
    return {
      store: lentStore(this.store),
      clock: this.clock,
      timers: this.clock,
      targets: [this.target(alive)],
      send: (tenant, command) =>
        alive(() => {
          this.sent.push({ tenant, type: command.type });
          return this.handle(tenant, command);
        }),
      find: (wanted) => alive(() => this.find(wanted)),
      mayWork: (tenant) => !this.asleep.has(tenant),
      onFault: (error) => this.faults.push(error),
    };
  }

  private target(alive: <T>(work: () => Promise<T>) => Promise<T>): ScheduleTarget {
    return {
      kind: 'thing',
      endings: [ENDED],
      endOf: ({ data }) => data as { started: string; outcome: ScheduledOutcome },
      check: () => Promise.resolve(),
      start: ({ fire }: ScheduledStart) =>
        alive(async () => {
          await this.trouble.shift()?.();
          if (!this.started.includes(fire)) this.started.push(fire);
          return startedBy(fire);
        }),
      cancel: (_tenant, _started, fire) =>
        alive(() => {
          if (!this.cancelled.includes(fire)) this.cancelled.push(fire);
          return Promise.resolve();
        }),
      outcome: (_tenant, started) => alive(() => Promise.resolve(this.ends.get(started) ?? null)),
    };
  }

  private async find({ shard, dueBefore, aheadOf, whole }: Wanted) {
    const rows = new Map<string, ScheduleRow | null>();
    for await (const event of this.store.readAll({ filter: { types: scheduleEvents.map(({ type }) => type) } })) {
      const key = scheduleProjection.keyOf(event)!.join(' ');
      rows.set(key, scheduleProjection.evolve(rows.get(key) ?? null, event));
    }
    return [...rows.values()].filter((row): row is ScheduleRow => {
      if (row === null || row.shard !== shard) return false;
      const active = row.status === 'active';
      const near = active && ((row.next_at !== null && row.next_at < dueBefore) || row.cursor_at > aheadOf);
      return near || (whole && (row.in_hand > 0 || (active && ['every', 'after'].includes(row.timing_kind))));
    });
  }

  private handle(tenant: string, command: ScheduleCommand) {
    const { schedule } = command.data;
    return handleCommand(this.store, scheduleDecider, scheduleStream(tenant, schedule), command, {
      commandId: this.ids.next(),
      tenant,
      actor: 'system:test',
      actorKind: 'system',
      correlationId: schedule,
      now: isoNow(this.clock),
    });
  }
}

function startedBy(fire: string): string {
  return derivedId('thing', fire);
}

export function fireAt(time: string, schedule = SCHEDULE): string {
  return `${schedule}@2026-01-01T${time}.000Z`;
}

export function refusing(code: string): () => Promise<never> {
  return () => Promise.reject(new Rejection(code, { workflow: 'a' }));
}
