// What must be well for this server to serve: the database answers, the views follow the log, nothing is parked.
import { Injectable } from '@nestjs/common';
import type { HealthCheck, HealthVerdict } from '@kari/platform/http';
import { Reacting } from '../reacting.js';
import { Views } from '../views.js';

/** Events a view or reaction may be behind before the platform counts as unwell. */
const FAR_BEHIND = 5_000;

@Injectable()
export class PlatformHealth {
  constructor(
    private readonly views: Views,
    private readonly reacting: Reacting,
  ) {}

  checks(): readonly HealthCheck[] {
    return [
      { name: 'views', check: async () => verdict(await this.views.statuses()) },
      { name: 'reactions', check: async () => verdict(await this.reacting.statuses()) },
    ];
  }
}

function verdict(followers: readonly { readonly behind: number; readonly parkedKeys?: number }[]): HealthVerdict {
  const behind = Math.max(0, ...followers.map((follower) => follower.behind));
  const parked = followers.reduce((sum, { parkedKeys = 0 }) => sum + parkedKeys, 0);
  const detail = `${followers.length} follow the log, the last is ${behind} events behind${parked === 0 ? '' : `, ${parked} rows are parked`}`;
  return { ok: behind < FAR_BEHIND, detail };
}
