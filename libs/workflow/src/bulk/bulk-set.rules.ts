// Which runs a bulk wish means, and the name of that set: whoever confirms it confirms exactly those.
import { derivedId } from '@kari/kernel';
import { OPEN_STATUSES, type RunFilter, type RunRowStatus } from '../run/run.projection.js';
import type { BulkAction } from './bulk.events.js';

const FITTING: Readonly<Record<BulkAction, readonly RunRowStatus[]>> = {
  cancel: ['running', 'paused'],
  retry: ['failed'],
  migrate: OPEN_STATUSES,
};

/** Narrowed to what can be asked of them; null when nothing can fit. */
export function narrowedTo(action: BulkAction, filter: RunFilter): RunFilter | null {
  const statuses = FITTING[action].filter((status) => filter.statuses.length === 0 || filter.statuses.includes(status));
  return statuses.length === 0 ? null : { ...filter, statuses };
}

export function hashOfSet(action: BulkAction, runs: readonly string[]): string {
  return derivedId('bulk-set', action, ...[...runs].sort());
}
