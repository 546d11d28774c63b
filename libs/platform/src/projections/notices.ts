// Wakes readers after a view has changed and the change can be read: subscriptions re-read, waiting queries go on.
import type { Position } from '@kari/kernel';

export const PROJECTION_NOTICES = Symbol('ProjectionNotices');

export interface ProjectionNotice {
  readonly projection: string;
  /** Everything up to here can be read. */
  readonly position: Position;
  /** Keys of the rows that changed; empty when the log only moved on past foreign events. */
  readonly keys: readonly (readonly string[])[];
}

/** Of the views that this process keeps. */
export class ProjectionNotices {
  private readonly listeners = new Set<(notice: ProjectionNotice) => void>();

  /** Listeners must not throw and not wait. Returns the way to stop listening. */
  listen(listener: (notice: ProjectionNotice) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  tell(notice: ProjectionNotice): void {
    for (const listener of [...this.listeners]) listener(notice);
  }
}
