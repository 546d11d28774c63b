// What is installed by now, as far as a reactor may rely on it: the snapshot of installations follows the log apart from the reactors.
import { Inject, Injectable } from '@nestjs/common';
import { EVENT_STORE, idOf, TIMERS, Unavailable, type EventStore, type RecordedEvent, type Timers } from '@kari/kernel';
import { extensionEvents, INSTALLATIONS, type Installation, type Installations } from '@kari/extension/contract';

const LOOK_MS = 20;
const PATIENCE_MS = 5_000;

@Injectable()
export class InstalledVersion {
  constructor(
    @Inject(INSTALLATIONS) private readonly installations: Pick<Installations, 'find'>,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(TIMERS) private readonly timers: Timers,
  ) {}

  /** The installation as of that event of its stream, or later; null when it has gone. Throws what is to be tried again. */
  async asOf(event: RecordedEvent): Promise<Installation | null> {
    if (await this.isGone(event)) return null;
    for (let waited = 0; waited < PATIENCE_MS; waited += LOOK_MS) {
      const found = this.installations.find(event.meta.tenant, idOf(event.stream));
      if (found !== null && found.revision >= event.revision) return found;
      await this.timers.sleep(LOOK_MS);
    }
    throw new Unavailable('the snapshot of installations lags behind the log', true);
  }

  private async isGone({ stream, revision }: RecordedEvent): Promise<boolean> {
    let isGone = false;
    for await (const { type } of this.store.readStream(stream, { from: revision })) {
      if (type === extensionEvents.removed) isGone = true;
      else if (type === extensionEvents.installed) isGone = false;
    }
    return isGone;
  }
}
