// The trail as it grows, for those who watch: woken by the view, so that what is shown has its number.
import { Inject, Injectable } from '@nestjs/common';
import { TIMERS, type Position, type Timers } from '@kari/kernel';
import { PROJECTION_NOTICES, type ProjectionNotices } from '@kari/platform/projections';
import { entryProjection } from './entry.projection.js';
import { EntryQueries } from './entry.queries.js';
import type { EntryView } from './entry.view.js';

const BATCH = 100;
/** Where another process keeps the view, nobody rings here: then somebody looks now and then. */
const LOOK_MS = 2_000;

@Injectable()
export class EntryChanges {
  constructor(
    private readonly queries: EntryQueries,
    @Inject(PROJECTION_NOTICES) private readonly notices: ProjectionNotices,
    @Inject(TIMERS) private readonly timers: Timers,
  ) {}

  /** Every entry behind the position (default: from now on), once and in order; pulled at the reader's pace, so nothing piles up. */
  async *after(tenant: string, position: Position | null, gone: AbortSignal): AsyncGenerator<EntryView> {
    const bell = new Bell(gone);
    const stop = this.notices.listen((notice) => {
      if (notice.projection === entryProjection.name) bell.ring();
    });
    const looking = this.timers.every(LOOK_MS, () => bell.ring());
    try {
      let number = await this.queries.numberAt(position);
      while (!gone.aborted) {
        const entries = await this.queries.behind(tenant, number, BATCH);
        for (const entry of entries) {
          yield entry;
          number = entry.number;
        }
        if (entries.length < BATCH) await bell.rung();
      }
    } finally {
      looking.cancel();
      stop();
    }
  }
}

/** Remembers that it was rung while nobody listened. */
class Bell {
  private wasRung = false;
  private wake: (() => void) | null = null;

  constructor(gone: AbortSignal) {
    gone.addEventListener('abort', () => this.ring(), { once: true });
  }

  ring(): void {
    this.wasRung = true;
    this.wake?.();
  }

  async rung(): Promise<void> {
    if (!this.wasRung) await new Promise<void>((resolve) => (this.wake = resolve));
    this.wasRung = false;
    this.wake = null;
  }
}
