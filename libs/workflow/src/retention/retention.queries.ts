// Reads of the retention of runs.
import { Inject, Injectable } from '@nestjs/common';
import type { Position } from '@kari/kernel';
import { READ_DATABASE, type ReadDatabase } from '@kari/platform/database';
import { PROJECTIONS_CLOCK, type ProjectionsClock } from '@kari/platform/projections';
import { retentionProjection } from './retention.projection.js';
import { RetentionView } from './retention.view.js';

@Injectable()
export class RetentionQueries {
  constructor(
    @Inject(READ_DATABASE) private readonly database: ReadDatabase,
    @Inject(PROJECTIONS_CLOCK) private readonly progress: ProjectionsClock,
  ) {}

  /** Null: for ever. */
  async of(tenant: string, waitFor: Position | null): Promise<RetentionView | null> {
    if (waitFor !== null) await this.progress.waitFor(retentionProjection.name, waitFor);
    return this.database.readAs(tenant, (manager) => manager.findOneBy(RetentionView, { tenant }));
  }
}
