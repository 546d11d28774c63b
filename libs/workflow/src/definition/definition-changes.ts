// Workflows of a tenant as they change: by what people do to them, and by extensions that come and go under them.
import { Inject, Injectable } from '@nestjs/common';
import { EVENT_STORE, idOf, type CommandOutcome, type EventStore, type Position, type RecordedEvent } from '@kari/kernel';
import { LIVE_FEED, type LiveFeed } from '@kari/platform/graphql';
import { evolveWorkflow, workflowDecider, type WorkflowState } from './definition.decider.js';
import { DEFINITION_CATEGORY, type WorkflowEvent } from './definition.events.js';

export type WorkflowChanged = Pick<CommandOutcome<WorkflowState>, 'state' | 'revision' | 'position'> & { readonly workflow: string };

const { initialState } = workflowDecider(() => null);

@Injectable()
export class DefinitionChanges {
  constructor(
    @Inject(LIVE_FEED) private readonly feed: LiveFeed,
    @Inject(EVENT_STORE) private readonly store: EventStore,
  ) {}

  async *changes(tenant: string, after: Position | null, signal: AbortSignal): AsyncGenerator<WorkflowChanged> {
    for await (const event of this.feed.watch({ tenant, categories: [DEFINITION_CATEGORY], after, signal })) {
      const { revision, position } = event;
      yield { workflow: idOf(event.stream), state: await this.stateAt(event), revision, position };
    }
  }

  private async stateAt(event: RecordedEvent): Promise<WorkflowState> {
    let state = initialState;
    for await (const fact of this.store.readStream(event.stream, { to: event.revision }))
      state = evolveWorkflow(state, fact as unknown as WorkflowEvent);
    return state;
  }
}
