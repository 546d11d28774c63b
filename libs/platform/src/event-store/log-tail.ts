// Knows how far the log reaches, and wakes who waits for more: told at once by this process's own commits, by NOTIFY of other processes,
// and by polling as a net. NOTIFY goes out after the commit on a connection of its own: inside it would serialise every append.
import type { Timer, Timers } from '@kari/kernel';
import type { Notification, Pool, PoolClient } from 'pg';

const CHANNEL = 'kari_log';
const NOTIFY_MILLISECONDS = 5;
const RECONNECT_MILLISECONDS = 1_000;

export interface LogTailOptions {
  readonly pool: Pool;
  readonly timers: Timers;
  /** Between polls while somebody waits. Default 250. */
  readonly pollMilliseconds?: number;
  /** Told of failures that only slow the wake-up. */
  readonly onFault?: (error: unknown, what: string) => void;
}

interface Waiter {
  readonly beyond: bigint;
  wake(): void;
}

export class LogTail {
  private known = 0n;
  private announced = 0n;
  private announcing: Timer | null = null;
  private readonly waiters = new Set<Waiter>();
  private polling: Timer | null = null;
  private listener: PoolClient | null = null;
  private connecting = false;
  private closed = false;

  constructor(private readonly options: LogTailOptions) {}

  /** What a reader should have seen by now; pass it to `saw` with what it did see. */
  get reach(): bigint {
    return this.known;
  }

  /** Own events are durable up to here. */
  committed(position: bigint): void {
    this.reaches(position);
    this.announce();
  }

  /** A read that began when the reach was `expected` found the log ending at `head`. */
  saw(head: bigint, expected: bigint): void {
    // Shorter than it was: restored from a backup. Believing the old reach would make every waiter spin.
    if (head < expected) this.known = head;
    else this.reaches(head);
  }

  grownBeyond(position: bigint, signal: AbortSignal): Promise<void> {
    if (this.known > position || signal.aborted || this.closed) return Promise.resolve();
    this.start();
    return new Promise((resolve) => {
      const wake = (): void => {
        this.waiters.delete(waiter);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const waiter: Waiter = { beyond: position, wake };
      this.waiters.add(waiter);
      signal.addEventListener('abort', wake, { once: true });
    });
  }

  async close(): Promise<void> {
    this.closed = true;
    this.polling?.cancel();
    this.announcing?.cancel();
    for (const waiter of [...this.waiters]) waiter.wake();
    const listener = this.listener;
    this.listener = null;
    listener?.release(true);
    await this.notify();
  }

  private reaches(position: bigint): void {
    if (position <= this.known) return;
    this.known = position;
    for (const waiter of [...this.waiters]) if (waiter.beyond < position) waiter.wake();
  }

  private start(): void {
    this.polling ??= this.options.timers.every(this.options.pollMilliseconds ?? 250, () => void this.poll());
    if (this.listener === null && !this.connecting) void this.listen();
  }

  private async poll(): Promise<void> {
    if (this.waiters.size === 0) return;
    const expected = this.known;
    try {
      const { rows } = await this.options.pool.query<{ position: string }>('select position::text from log.counter');
      if (rows[0] !== undefined) this.saw(BigInt(rows[0].position), expected);
    } catch (error) {
      this.options.onFault?.(error, 'polling the log');
    }
  }

  private async listen(): Promise<void> {
    this.connecting = true;
    try {
      const client = await this.checkOut();
      if (this.closed) return client.release(true);
      client.on('notification', ({ payload }: Notification) => {
        if (payload !== undefined && /^\d+$/.test(payload)) this.reaches(BigInt(payload));
      });
      this.listener = client;
      await client.query(`listen ${CHANNEL}`);
      // Whatever was announced before somebody listened was announced to nobody.
      await this.poll();
    } catch (error) {
      if (this.listener === null) this.relisten(error);
      else this.lost(this.listener, error);
    } finally {
      this.connecting = false;
    }
  }

  /**
   * By callback, because a promise resolves too late: a connection killed in the very moment it was made reports it before anyone could
   * listen, and an error nobody hears ends the process. For good, not once, because it reports its end twice.
   */
  private checkOut(): Promise<PoolClient> {
    return new Promise((resolve, reject) =>
      this.options.pool.connect((error, client) => {
        if (error !== undefined || client === undefined) return reject(error ?? new Error('no connection'));
        client.on('error', (failure) => this.lost(client, failure));
        resolve(client);
      }),
    );
  }

  private lost(client: PoolClient, error: unknown): void {
    if (this.listener !== client) return;
    this.listener = null;
    client.release(true);
    this.relisten(error);
  }

  private relisten(error: unknown): void {
    if (this.closed) return;
    this.options.onFault?.(error, 'listening to the log');
    this.options.timers.after(RECONNECT_MILLISECONDS, () => {
      if (!this.closed && this.listener === null && !this.connecting) void this.listen();
    });
  }

  /** The commits of some milliseconds are announced together, and after their writers have been answered. */
  private announce(): void {
    if (this.closed) return;
    this.announcing ??= this.options.timers.after(NOTIFY_MILLISECONDS, () => {
      this.announcing = null;
      void this.notify();
    });
  }

  private async notify(): Promise<void> {
    if (this.known <= this.announced) return;
    this.announced = this.known;
    try {
      await this.options.pool.query({ name: 'log-notify', text: 'select pg_notify($1, $2)', values: [CHANNEL, this.announced.toString()] });
    } catch (error) {
      this.options.onFault?.(error, 'announcing an append');
    }
  }
}
