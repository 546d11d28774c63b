// Which runs of one extension in one tenant may begin, which make room, and which are let go: what is declared for the time while an earlier run of
// the same task goes on, and how many of an extension may run at once.
import type { Overlap } from '../contract.js';

/** Runs of one extension in one tenant at the same time. */
export const MOST_OF_EXTENSION = 4;
/** Runs at the same time in one process. */
export const MOST_AT_ONCE = 32;

export interface OpenRun {
  readonly run: string;
  readonly task: string;
  readonly overlap: Overlap;
  /** `active`: it has begun, and runs or waits for its next attempt. */
  readonly standing: 'queued' | 'active';
  /** It runs, or is about to. */
  readonly inHand: boolean;
  /** Its next attempt may begin by now. */
  readonly due: boolean;
  readonly cancelling: boolean;
}

export interface Arrangement {
  /** In order; as many as there is room for begin. */
  readonly begin: readonly string[];
  readonly skip: readonly { readonly run: string; readonly reason: 'overlap' | 'replaced' }[];
  readonly cancel: readonly string[];
}

/** `open`: in the order in which they were started. */
export function arranged(open: readonly OpenRun[]): Arrangement {
  const begin: string[] = [];
  const skip: { run: string; reason: 'overlap' | 'replaced' }[] = [];
  const cancel: string[] = [];
  const earlier = new Map<string, OpenRun[]>();
  for (const one of open) {
    const before = earlier.get(one.task) ?? [];
    earlier.set(one.task, before);
    const verdict = one.standing === 'active' || before.length === 0 ? 'go' : one.overlap;
    if (verdict === 'skip') {
      skip.push({ run: one.run, reason: 'overlap' });
      continue;
    }
    if (verdict === 'cancel-previous') {
      for (const { run, standing, cancelling } of before) {
        if (standing === 'queued') skip.push({ run, reason: 'replaced' });
        else if (!cancelling) cancel.push(run);
      }
      // Those that are let go are out of the way of whoever comes next.
      earlier.set(
        one.task,
        before.filter(({ standing }) => standing === 'active'),
      );
      remove(
        begin,
        before.filter(({ standing }) => standing === 'queued').map(({ run }) => run),
      );
    }
    earlier.get(one.task)?.push(one);
    const waits = verdict === 'queue' || (verdict === 'cancel-previous' && (earlier.get(one.task)?.length ?? 0) > 1);
    if (!waits && one.due && !one.inHand && !one.cancelling) begin.push(one.run);
  }
  return { begin: begin.slice(0, Math.max(0, MOST_OF_EXTENSION - open.filter(({ inHand }) => inHand).length)), skip, cancel };
}

function remove(list: string[], gone: readonly string[]): void {
  for (const run of gone) {
    const index = list.indexOf(run);
    if (index >= 0) list.splice(index, 1);
  }
}

export interface Candidate {
  readonly tenant: string;
  readonly run: string;
}

/**
 * Who begins next, one after the other: always of the tenant that has the fewest in hand, so that one that starts a thousand leaves room for the
 * others. `inHand`: runs in hand of each tenant.
 */
export function chosen(candidates: readonly Candidate[], inHand: ReadonlyMap<string, number>): readonly Candidate[] {
  const counts = new Map(inHand);
  let room = MOST_AT_ONCE - [...counts.values()].reduce((sum, count) => sum + count, 0);
  const left = [...candidates];
  const order: Candidate[] = [];
  for (; room > 0 && left.length > 0; room -= 1) {
    const fewest = left.reduce((best, one) => ((counts.get(one.tenant) ?? 0) < (counts.get(best.tenant) ?? 0) ? one : best));
    left.splice(left.indexOf(fewest), 1);
    counts.set(fewest.tenant, (counts.get(fewest.tenant) ?? 0) + 1);
    order.push(fewest);
  }
  return order;
}
