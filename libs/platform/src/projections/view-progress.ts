// Whether every table of every view has come past a place of the log: what stands before it may then leave the log.
import { comparePositions, type Position, type StreamId } from '@kari/kernel';
import type { SystemDatabase } from '../database/index.js';

/** Token of `ViewProgress`. */
export const VIEW_PROGRESS = Symbol('ViewProgress');

export interface ViewProgress {
  /** Tables that are being built count; nothing of the stream may be parked anywhere. */
  havePassed(position: Position, stream: StreamId): Promise<boolean>;
}

export function databaseViewProgress(database: SystemDatabase): ViewProgress {
  return {
    async havePassed(position, stream) {
      // One snapshot would not help: a table that begins after this look reads a log in which the summary stands already.
      const views = await database.query<{ position: Position }>(
        "select position from projections.view where status in ('live', 'building')",
      );
      if (views.some((view) => comparePositions(view.position, position) < 0)) return false;
      const parked = await database.query('select 1 from projections.parked_event where stream = $1 limit 1', [stream]);
      return parked.length === 0;
    },
  };
}
