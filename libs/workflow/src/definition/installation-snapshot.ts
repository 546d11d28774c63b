// Reactors follow the log; the snapshot of installations follows it as well. Whoever judges by the one waits for the other.
import { Inject, Injectable } from '@nestjs/common';
import { EVENT_STORE, idOf, TIMERS, Unavailable, type EventStore, type RecordedEvent, type Timers } from '@kari/kernel';
import { extensionEvents, INSTALLATIONS, type Installation, type Installations } from '@kari/extension/contract';

const LOOK_AGAIN_MS = 50;
const MOST_LOOKS = 100;

@Injectable()
export class InstallationSnapshot {
  constructor(
    @Inject(INSTALLATIONS) private readonly installations: Installations,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(TIMERS) private readonly timers: Timers,
  ) {}

  /** The installation once the snapshot has seen the event; null when it is gone, or has gone since. Throws `Unavailable`. */
  async after(event: RecordedEvent): Promise<Installation | null> {
    const removal = event.type === extensionEvents.removed;
    for (let look = 0; look < MOST_LOOKS; look += 1) {
      const found = this.installations.find(event.meta.tenant, idOf(event.stream));
      if (found !== null && found.revision >= event.revision) return found;
      if (found === null && (removal || (await this.removedSince(event)))) return null;
      await this.timers.sleep(LOOK_AGAIN_MS);
    }
    throw new Unavailable('the snapshot of installations lags behind the log', true);
  }

  private async removedSince({ stream, revision }: RecordedEvent): Promise<boolean> {
    for await (const { type } of this.store.readStream(stream, { from: revision + 1n })) if (type === extensionEvents.removed) return true;
    return false;
  }
}
