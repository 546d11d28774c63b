// Tenants as they change, for those who watch: woken by the log, answered from the fold.
import { Inject, Injectable } from '@nestjs/common';
import { idOf, PLATFORM_TENANT, type CommandOutcome, type Position } from '@kari/kernel';
import { LIVE_FEED, type LiveFeed } from '@kari/platform/graphql';
import { AccessFolds } from '../access/access-folds.js';
import type { TenantState } from './tenant.decider.js';

@Injectable()
export class TenantChanges {
  constructor(
    private readonly folds: AccessFolds,
    @Inject(LIVE_FEED) private readonly feed: LiveFeed,
  ) {}

  async *after(position: Position | null): AsyncGenerator<CommandOutcome<TenantState>> {
    for await (const event of this.feed.watch({ tenant: PLATFORM_TENANT, categories: ['tenancy.tenant'], after: position })) {
      const { state, revision } = await this.folds.tenant(idOf(event.stream));
      yield { state, revision, position: event.position, changed: true };
    }
  }
}
