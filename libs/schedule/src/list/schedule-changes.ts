// Schedules of a tenant as they change, by whatever changes them.
import { Inject, Injectable } from '@nestjs/common';
import { EVENT_STORE, idOf, type CommandOutcome, type EventStore, type Position } from '@kari/kernel';
import { LIVE_FEED, type LiveFeed } from '@kari/platform/graphql';
import { SCHEDULE_CATEGORY, type ScheduleEvent } from '../life/schedule.events.js';
import { evolveSchedule, initialSchedule, type ScheduleState } from '../life/schedule-state.rules.js';

export type ScheduleChanged = Pick<CommandOutcome<ScheduleState>, 'state' | 'revision' | 'position'> & { readonly schedule: string };

@Injectable()
export class ScheduleChanges {
  constructor(
    @Inject(LIVE_FEED) private readonly feed: LiveFeed,
    @Inject(EVENT_STORE) private readonly store: EventStore,
  ) {}

  async *changes(tenant: string, schedule: string | null, after: Position | null, signal: AbortSignal): AsyncGenerator<ScheduleChanged> {
    const known = new Map<string, { readonly state: ScheduleState; readonly revision: bigint }>();
    for await (const event of this.feed.watch({ tenant, categories: [SCHEDULE_CATEGORY], after, signal })) {
      const id = idOf(event.stream);
      if ((schedule ?? id) !== id) continue;
      let { state, revision } = known.get(id) ?? { state: initialSchedule, revision: -1n };
      for await (const fact of this.store.readStream(event.stream, { from: revision + 1n, to: event.revision })) {
        state = evolveSchedule(state, fact as unknown as ScheduleEvent);
        revision = fact.revision;
      }
      if (state.status === 'deleted') known.delete(id);
      else known.set(id, { state, revision });
      yield { schedule: id, state, revision: event.revision, position: event.position };
    }
  }
}
