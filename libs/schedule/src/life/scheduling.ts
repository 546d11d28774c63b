// Making a schedule: what the command needs to know before it is a command.
import { Inject, Injectable } from '@nestjs/common';
import { COMMAND_BUS, derivedId, IDS, Rejection, type CommandBus, type CommandOutcome, type Ids, type RequestContext } from '@kari/kernel';
import type { Registry } from '@kari/platform/registry';
import { SCHEDULE_TARGETS, type AskedTiming, type Missed, type Overlap, type ScheduleTarget } from '../contract.js';
import { ScheduleQueries } from '../list/schedule.queries.js';
import { DEFAULT_MISSED_LIMIT } from './schedule.decider.js';
import type { ScheduleState } from './schedule-state.rules.js';

/** Schedules of one tenant, those of its workflows included. */
export const MOST_SCHEDULES = 1_000;

export interface ScheduleWish {
  readonly name: string;
  readonly kind: string;
  readonly target: string;
  readonly input: unknown;
  readonly timing: AskedTiming;
  /** Default: skip. */
  readonly overlap: Overlap | null;
  /** Default: one. */
  readonly missed: Missed | null;
  /** Default: 100. */
  readonly missedLimit: number | null;
}

@Injectable()
export class Scheduling {
  constructor(
    @Inject(ScheduleQueries) private readonly queries: Pick<ScheduleQueries, 'count'>,
    @Inject(SCHEDULE_TARGETS) private readonly targets: Registry<ScheduleTarget>,
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
    @Inject(IDS) private readonly ids: Ids,
  ) {}

  /** A repeat under the same command id is the same schedule. */
  async create(wish: ScheduleWish, context: RequestContext): Promise<CommandOutcome<ScheduleState>> {
    const commandId = context.commandId ?? this.ids.next();
    const { name, kind, target: id, input, timing, overlap, missed, missedLimit } = wish;
    const impossible = await this.impossible(context.tenant, kind, id);
    const data = {
      ...(impossible === null ? {} : { impossible: { code: impossible.code, facts: { ...impossible.facts } } }),
      schedule: derivedId('schedule', context.tenant, commandId),
      name,
      target: { kind, id },
      input: input ?? null,
      timing,
      overlap: overlap ?? 'skip',
      missed: missed ?? 'one',
      missedLimit: missedLimit ?? DEFAULT_MISSED_LIMIT,
    };
    return this.bus.send<ScheduleState>({ type: 'CreateSchedule', data }, { ...context, commandId });
  }

  private async impossible(tenant: string, kind: string, id: string): Promise<Rejection | null> {
    try {
      await this.targets.get(kind)?.check(tenant, id);
    } catch (error) {
      if (error instanceof Rejection) return error;
      throw error;
    }
    return (await this.queries.count(tenant)) < MOST_SCHEDULES ? null : new Rejection('SCHEDULE_LIMIT', { limit: MOST_SCHEDULES });
  }
}
