// A uid of its own for each sandbox where the host is root: at L1 they could otherwise signal each other.
import type { Random } from '@kari/kernel';

const FIRST = 1_900_000_000;
const COUNT = 50_000;

export class UidPool {
  private readonly leased = new Set<number>();
  private next: number;

  /** Starts anywhere in the range, so that two hosts on one machine rarely meet. */
  constructor(random: Random) {
    this.next = Math.floor(random.next() * COUNT);
  }

  lease(): number {
    do this.next = (this.next + 1) % COUNT;
    while (this.leased.has(FIRST + this.next));
    this.leased.add(FIRST + this.next);
    return FIRST + this.next;
  }

  release(uid: number): void {
    this.leased.delete(uid);
  }
}
