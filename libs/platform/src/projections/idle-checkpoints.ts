// The checkpoints of views that moved over events which are none of their business: most events are none of most views'. Written together, now and then.
import type { Position, Timer, Timers } from '@kari/kernel';
import type { SystemDatabase } from '../database/index.js';
import { passStretches, type View } from './view-catalogue.js';

/** How long such a checkpoint may stay unwritten. A process that keeps no view waits for it. */
const UNWRITTEN_MS = 100;

/** Of one table of a view, as its follower knows it. */
export interface Checkpoint {
  readonly view: View;
  /** In the database. */
  stored: Position;
  /** Everything up to there is in the table. */
  reached: Position;
}

export class IdleCheckpoints {
  private readonly followed = new Set<Checkpoint>();
  private readonly ahead = new Set<Checkpoint>();
  private saving: Timer | null = null;

  constructor(private readonly parts: { readonly database: SystemDatabase; readonly timers: Timers }) {}

  follow(view: View): Checkpoint {
    const checkpoint = { view, stored: view.position, reached: view.position };
    this.followed.add(checkpoint);
    return checkpoint;
  }

  /** The checkpoint reached its place without a row to write. */
  passed(checkpoint: Checkpoint): void {
    this.ahead.add(checkpoint);
    this.saving ??= this.parts.timers.after(UNWRITTEN_MS, () => void this.save());
  }

  /** What could not be written is read again after a restart. */
  async leave(checkpoint: Checkpoint): Promise<void> {
    this.followed.delete(checkpoint);
    await this.save();
  }

  private async save(): Promise<void> {
    this.saving?.cancel();
    this.saving = null;
    const stretches = [...this.ahead].map((checkpoint) => ({
      checkpoint,
      view: checkpoint.view,
      from: checkpoint.stored,
      to: checkpoint.reached,
    }));
    this.ahead.clear();
    if (stretches.length === 0) return;
    const moved = await this.parts.database
      .transaction((client) => passStretches(client, stretches), { durable: false })
      .catch((): ReadonlySet<View> => new Set());
    for (const { checkpoint, from, to, view } of stretches) {
      // A batch may have been written meanwhile: its checkpoint is the newer one.
      if (moved.has(view)) checkpoint.stored = checkpoint.stored === from ? to : checkpoint.stored;
      else if (this.followed.has(checkpoint)) this.passed(checkpoint);
    }
  }
}
