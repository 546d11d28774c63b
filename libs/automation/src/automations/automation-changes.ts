// Automations of a tenant as they change.
import { Inject, Injectable } from '@nestjs/common';
import { EVENT_STORE, idOf, type CommandOutcome, type EventStore, type Position } from '@kari/kernel';
import { LIVE_FEED, type LiveFeed } from '@kari/platform/graphql';
import { automationDecider, evolveAutomation, type AutomationState } from './automation.decider.js';
import { AUTOMATION_CATEGORY, type AutomationEvent } from './automation.events.js';

export type AutomationChanged = Pick<CommandOutcome<AutomationState>, 'state' | 'revision' | 'position'> & { readonly name: string };

@Injectable()
export class AutomationChanges {
  constructor(
    @Inject(LIVE_FEED) private readonly feed: LiveFeed,
    @Inject(EVENT_STORE) private readonly store: EventStore,
  ) {}

  async *changes(tenant: string, after: Position | null, signal: AbortSignal): AsyncGenerator<AutomationChanged> {
    for await (const event of this.feed.watch({ tenant, categories: [AUTOMATION_CATEGORY], after, signal })) {
      let state = automationDecider.initialState;
      for await (const fact of this.store.readStream(event.stream, { to: event.revision }))
        state = evolveAutomation(state, fact as unknown as AutomationEvent);
      yield { name: idOf(event.stream), state, revision: event.revision, position: event.position };
    }
  }
}
