// Compares what writers were told with what the log holds. It sees the ids, too: a lost event whose place was written again shows as lost.
import { comparePositions, START, type RecordedEvent } from '@kari/kernel';

export interface Verdict {
  /** Read from the log. */
  readonly events: number;
  readonly acknowledged: number;
  readonly lost: number;
  readonly duplicates: number;
  /** Places in a stream or in the log that hold nothing, or the wrong number. */
  readonly gaps: number;
  /** Appends of two events of which one is missing. */
  readonly torn: number;
}

/** Of the promise in one look: every count but the first two is 0. */
export const SOUND = { lost: 0, duplicates: 0, gaps: 0, torn: 0 } as const;

export class LedgerAudit {
  private readonly acknowledged = new Map<string, string>();

  /** A line of the writers' own words: `ack <account> <revision> <id>`; others say nothing. */
  heard(line: string): void {
    const [word, account = '', revision = '', id = ''] = line.split(' ');
    if (word === 'ack') this.acknowledged.set(id, `${account} ${revision}`);
  }

  async judge(log: AsyncIterable<RecordedEvent>): Promise<Verdict> {
    const missing = new Map(this.acknowledged);
    const ids = new Set<string>();
    const next = new Map<string, number>();
    let [events, duplicates, gaps, last] = [0, 0, 0, START];
    for await (const event of log) {
      events += 1;
      const { account, number } = event.data as { account: string; number: number };
      const expected = next.get(account) ?? 0;
      if (comparePositions(event.position, (BigInt(last) + 1n).toString()) !== 0) gaps += 1;
      if (number !== expected || event.revision !== BigInt(expected)) gaps += 1;
      if (ids.has(event.id)) duplicates += 1;
      if (missing.get(event.id) === `${account} ${event.revision}`) missing.delete(event.id);
      ids.add(event.id);
      next.set(account, expected + 1);
      last = event.position;
    }
    const torn = [...next.values()].filter((length) => length % 2 !== 0).length;
    return { events, acknowledged: this.acknowledged.size, lost: missing.size, duplicates, gaps, torn };
  }
}
