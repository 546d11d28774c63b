// The minimum levels in force, read from the log at each start of a sandbox: a projection could lag behind a decision to be stricter.
import { streamId, type EventStore } from '@kari/kernel';
import { StreamFolds } from '@kari/platform/command-bus';
import { minimumLevelDecider } from './minimum-level.decider.js';
import type { MinimumLevels } from './level.rules.js';

const minimumLevelStream = streamId('sandbox.level', '_', 'minimum');

export class LevelPolicy {
  private readonly folds: StreamFolds<never, MinimumLevels>;

  constructor(store: EventStore) {
    this.folds = new StreamFolds(store, minimumLevelDecider);
  }

  async minimums(): Promise<MinimumLevels> {
    return (await this.folds.read(minimumLevelStream)).state;
  }
}
