// The timers of the runs in hand, earliest first, each measured on the monotonic clock from the moment it was put in: a wall clock that jumps
// moves none of them.
import type { Clock, Timer, Timers } from '@kari/kernel';

export interface DueTimer {
  readonly tenant: string;
  readonly run: string;
  readonly timer: string;
}

interface Waiting extends DueTimer {
  readonly key: string;
  /** Monotonic. */
  readonly at: number;
}

/** One sleep at most: longer ones are looked at again. */
const LONGEST_SLEEP_MS = 60_000;

export class TimerQueue {
  private readonly heap: Waiting[] = [];
  private readonly keys = new Map<string, Waiting>();
  private alarm: Timer | null = null;
  private alarmAt = Infinity;

  constructor(
    private readonly clock: Clock,
    private readonly timers: Timers,
    private readonly due: (timer: DueTimer) => void,
  ) {}

  get size(): number {
    return this.keys.size;
  }

  /** A timer that is in the queue already keeps its place. */
  add(timer: DueTimer, milliseconds: number): void {
    const key = keyOf(timer);
    if (this.keys.has(key)) return;
    const waiting = { ...timer, key, at: this.clock.monotonic() + Math.max(0, milliseconds) };
    this.keys.set(key, waiting);
    push(this.heap, waiting);
    this.arm();
  }

  remove(timer: DueTimer): void {
    this.keys.delete(keyOf(timer));
  }

  clear(): void {
    this.alarm?.cancel();
    this.alarm = null;
    this.alarmAt = Infinity;
    this.heap.length = 0;
    this.keys.clear();
  }

  private arm(): void {
    const [first] = this.heap;
    if (first === undefined || first.at >= this.alarmAt) return;
    this.alarm?.cancel();
    this.alarmAt = first.at;
    const wait = Math.min(LONGEST_SLEEP_MS, Math.max(0, first.at - this.clock.monotonic()));
    this.alarm = this.timers.after(wait, () => this.ring());
  }

  private ring(): void {
    this.alarm = null;
    this.alarmAt = Infinity;
    // A host's timer may come a moment early; what is not due by the clock waits on.
    for (let [first] = this.heap; first !== undefined && first.at <= this.clock.monotonic(); [first] = this.heap) {
      pop(this.heap);
      if (this.keys.get(first.key) !== first) continue;
      this.keys.delete(first.key);
      this.due({ tenant: first.tenant, run: first.run, timer: first.timer });
    }
    this.arm();
  }
}

function keyOf({ run, timer }: DueTimer): string {
  return `${run} ${timer}`;
}

function push(heap: Waiting[], item: Waiting): void {
  let index = heap.push(item) - 1;
  while (index > 0) {
    const above = (index - 1) >> 1;
    if (heap[above]!.at <= item.at) break;
    heap[index] = heap[above]!;
    index = above;
  }
  heap[index] = item;
}

function pop(heap: Waiting[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let index = 0;
  for (;;) {
    let below = index * 2 + 1;
    if (below >= heap.length) break;
    if (below + 1 < heap.length && heap[below + 1]!.at < heap[below]!.at) below += 1;
    if (heap[below]!.at >= last.at) break;
    heap[index] = heap[below]!;
    index = below;
  }
  heap[index] = last;
}
