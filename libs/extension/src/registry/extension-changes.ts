// Extensions of a tenant as they change, for those who watch: woken by the log, answered from the log.
import { Inject, Injectable } from '@nestjs/common';
import { EVENT_STORE, idOf, streamId, type EventStore, type Position, type RecordedEvent } from '@kari/kernel';
import { LIVE_FEED, type LiveFeed } from '@kari/platform/graphql';
import { INSTALLATION_CATEGORY, type ExtensionEvent } from '../lifecycle/extension.events.js';
import { evolveExtension, type ExtensionState } from '../lifecycle/extension-state.rules.js';
import { installProgressProjection, type InstallProgressRow } from './install-progress.projection.js';
import { viewOf, type InstallProgressView } from './install-progress.view.js';

/** An extension right after one fact. */
export interface ExtensionChange {
  readonly extension: string;
  readonly type: ExtensionEvent['type'];
  readonly state: ExtensionState;
  readonly revision: bigint;
  readonly position: Position;
}

@Injectable()
export class ExtensionChanges {
  constructor(
    @Inject(LIVE_FEED) private readonly feed: LiveFeed,
    @Inject(EVENT_STORE) private readonly store: EventStore,
  ) {}

  async *changes(tenant: string, extension: string | null, after: Position | null): AsyncGenerator<ExtensionChange> {
    for await (const event of this.watch(tenant, extension, after)) {
      let state: ExtensionState = { status: 'absent' };
      for await (const fact of this.upTo(event)) state = evolveExtension(state, fact as unknown as ExtensionEvent);
      const { revision, position } = event;
      yield { extension: idOf(event.stream), type: event.type as ExtensionEvent['type'], state, revision, position };
    }
  }

  /** The install as it is now, where one was asked for, then after each step. */
  async *progress(tenant: string, extension: string, after: Position | null): AsyncGenerator<InstallProgressView> {
    const handled = new Set<string>(installProgressProjection.handles);
    const stream = streamId(INSTALLATION_CATEGORY, tenant, extension);
    // Watched from before the first look, so that nothing falls between the two.
    const watched = this.watch(tenant, extension, after ?? (await this.store.head()));
    const now = after === null ? await this.folded(this.store.readStream(stream)) : null;
    if (now !== null) yield viewOf(now);
    for await (const event of watched) {
      const row = handled.has(event.type) ? await this.folded(this.upTo(event)) : null;
      if (row !== null) yield viewOf(row);
    }
  }

  private async *watch(tenant: string, extension: string | null, after: Position | null): AsyncGenerator<RecordedEvent> {
    for await (const event of this.feed.watch({ tenant, categories: [INSTALLATION_CATEGORY], after })) {
      if (extension === null || idOf(event.stream) === extension) yield event;
    }
  }

  private upTo(event: RecordedEvent): AsyncIterable<RecordedEvent> {
    return this.store.readStream(event.stream, { to: event.revision });
  }

  private async folded(facts: AsyncIterable<RecordedEvent>): Promise<InstallProgressRow | null> {
    const handled = new Set<string>(installProgressProjection.handles);
    let row: InstallProgressRow | null = null;
    for await (const fact of facts) if (handled.has(fact.type)) row = installProgressProjection.evolve(row, fact);
    return row;
  }
}
