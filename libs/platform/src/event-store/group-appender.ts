// Lets concurrent callers share one commit: queue, send in groups, answer each caller only once its group is durable.
import { Unavailable, type AppendResult, type EncodedItem, type Timers } from '@kari/kernel';
import { asUnavailable, failureOf } from './failures.js';

export interface GroupAppenderOptions {
  /** Writes a group durably and answers one result per item; repeating a group must be harmless. */
  readonly send: (group: readonly EncodedItem[]) => Promise<readonly AppendResult[]>;
  readonly timers: Timers;
  /** Most items in a group. Default 256. */
  readonly maxItems?: number;
  /** Most characters in a group; one larger item goes alone. Default 1 MiB. */
  readonly maxLength?: number;
  /** Groups on their way at once. Default 2. */
  readonly maxGroups?: number;
  /** Items queued before callers are refused. Default 10,000. */
  readonly maxQueued?: number;
}

interface Entry {
  readonly item: EncodedItem;
  readonly length: number;
  resolve(result: AppendResult): void;
  reject(error: Error): void;
}

/** Waits between tries of a group whose connection broke: about 1.5 s in all, so that a caller learns of it within 2 s. */
const PAUSES = [25, 50, 100, 200, 400, 700];
const LINGER_MILLISECONDS = 1;

export class GroupAppender {
  private queue: Entry[] = [];
  private groups = 0;
  private scheduled = false;
  private lingering = false;
  private closed = false;
  private idle: (() => void)[] = [];
  /** Streams and event ids on their way: what shares one waits its turn, so a process never reorders its own writes. */
  private readonly busy = new Set<string>();
  private readonly maxItems: number;
  private readonly maxLength: number;
  private readonly maxGroups: number;
  private readonly maxQueued: number;

  constructor(private readonly options: GroupAppenderOptions) {
    this.maxItems = options.maxItems ?? 256;
    this.maxLength = options.maxLength ?? 1024 * 1024;
    this.maxGroups = options.maxGroups ?? 2;
    this.maxQueued = options.maxQueued ?? 10_000;
  }

  /** Rejects with `Unavailable` when the queue is full, the store unreachable, or the appender closed; nothing is then acknowledged. */
  append(items: readonly EncodedItem[]): Promise<AppendResult[]> {
    if (this.closed) return Promise.reject(new Unavailable('the event store is closing', true));
    if (this.queue.length > 0 && this.queue.length + items.length > this.maxQueued) {
      return Promise.reject(new Unavailable('too many appends are waiting', true));
    }
    const results = items.map(
      (item) => new Promise<AppendResult>((resolve, reject) => this.queue.push({ item, length: lengthOf(item), resolve, reject })),
    );
    this.schedule();
    return Promise.all(results);
  }

  /** Refuses new items and resolves when those accepted are answered. */
  async close(): Promise<void> {
    this.closed = true;
    if (this.groups > 0 || this.queue.length > 0) await new Promise<void>((resolve) => this.idle.push(resolve));
  }

  private schedule(): void {
    if (this.scheduled || this.queue.length === 0 || this.groups >= this.maxGroups) return;
    // While a group is being written the next one grows; it leaves early only when it is large, or after the linger.
    if (this.groups > 0 && this.queue.length < this.maxItems) {
      if (this.lingering) return;
      this.lingering = true;
      this.options.timers.after(LINGER_MILLISECONDS, () => {
        this.lingering = false;
        this.flush();
      });
      return;
    }
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.flush();
    });
  }

  private flush(): void {
    while (this.groups < this.maxGroups) {
      const group = this.nextGroup();
      if (group.length === 0) return;
      this.groups += 1;
      void this.write(group).finally(() => {
        this.groups -= 1;
        for (const key of group.flatMap(({ item }) => keysOf(item))) this.busy.delete(key);
        this.schedule();
        if (this.groups === 0 && this.queue.length === 0) for (const resolve of this.idle.splice(0)) resolve();
      });
    }
  }

  /** From the head of the queue, in order, up to the first item that shares an event id with its group, or anything with another group. */
  private nextGroup(): Entry[] {
    const ids = new Set<string>();
    let length = 0;
    let count = 0;
    for (const { item, length: itemLength } of this.queue) {
      if (count === this.maxItems || (count > 0 && length + itemLength > this.maxLength)) break;
      if (keysOf(item).some((key) => this.busy.has(key)) || item.events.some((event) => ids.has(event.id))) break;
      for (const event of item.events) ids.add(event.id);
      length += itemLength;
      count += 1;
    }
    const group = this.queue.slice(0, count);
    this.queue = this.queue.slice(count);
    for (const { item } of group) for (const key of keysOf(item)) this.busy.add(key);
    return group;
  }

  private async write(group: readonly Entry[]): Promise<void> {
    try {
      const results = await this.sendUntilAnswered(group.map((entry) => entry.item));
      group.forEach((entry, index) => {
        const result = results[index];
        if (result === undefined) entry.reject(new Unavailable('the store answered too few results', true));
        else entry.resolve(result);
      });
    } catch (error) {
      if (failureOf(error) === 'defect' && group.length > 1) {
        // One item upset the statement: find it by sending each alone, so that it sinks nobody else.
        for (const entry of group) await this.write([entry]);
        return;
      }
      const known = asUnavailable(error);
      const failure = known instanceof Unavailable ? known : new Unavailable('the event store failed', false, { cause: known });
      for (const entry of group) entry.reject(failure);
      if (failure.retryable) {
        // Those queued behind would only wait for the same failure.
        for (const entry of this.queue.splice(0)) entry.reject(failure);
      }
    }
  }

  private async sendUntilAnswered(items: readonly EncodedItem[]): Promise<readonly AppendResult[]> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.options.send(items);
      } catch (error) {
        // The group may have been committed before the connection broke: its event ids make the next try a repeat.
        const pause = PAUSES[attempt];
        if (failureOf(error) !== 'retry' || pause === undefined) throw error;
        await this.options.timers.sleep(pause);
      }
    }
  }
}

function keysOf(item: EncodedItem): string[] {
  return [item.stream, ...item.events.map((event) => event.id)];
}

function lengthOf(item: EncodedItem): number {
  return item.events.reduce((sum, event) => sum + event.data.length + event.meta.length + 200, 0);
}
