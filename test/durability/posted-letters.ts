// Compares the effects of a consumer, as the world outside saw them, with the log that caused them.
import type { RecordedEvent } from '@kari/kernel';

export class PostedLetters {
  /** Event id to how often its effect was seen. */
  private readonly seen = new Map<string, number>();
  /** The last revision of each stream since the last start. */
  private readonly last = new Map<string, bigint>();
  private disordered = 0;

  /** `effect <event id> <stream> <revision>`; other lines say nothing. */
  heard(line: string): void {
    const [word, id = '', stream = '', revision = ''] = line.split(' ');
    if (word !== 'effect') return;
    const before = this.last.get(stream);
    if (before !== undefined && BigInt(revision) !== before + 1n) this.disordered += 1;
    this.last.set(stream, BigInt(revision));
    this.seen.set(id, (this.seen.get(id) ?? 0) + 1);
  }

  /** After a death deliveries may begin again a little earlier; within one life they never go back. */
  restarted(): void {
    this.last.clear();
  }

  async judge(log: AsyncIterable<RecordedEvent>) {
    let unpublished = 0;
    const unfounded = new Set(this.seen.keys());
    for await (const { id } of log) {
      if (!this.seen.has(id)) unpublished += 1;
      unfounded.delete(id);
    }
    const repeated = [...this.seen.values()].filter((times) => times > 1).length;
    return { effects: this.seen.size, repeated, unpublished, unfounded: unfounded.size, disordered: this.disordered };
  }
}
