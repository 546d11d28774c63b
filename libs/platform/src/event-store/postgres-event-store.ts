// The log of record in PostgreSQL: groups of appends through one function, plain reads in position order, waking instead of waiting.
import {
  categoryOf,
  catchUp,
  encodeItem,
  rejected,
  START,
  StreamDeleted,
  type AppendItem,
  type AppendResult,
  type EncodedItem,
  type EventFilter,
  type EventStore,
  type LogPage,
  type Position,
  type ReadAllOptions,
  type ReadStreamOptions,
  type RecordedEvent,
  type StreamId,
  type StreamMetadata,
  type SubscribeOptions,
  type Subscription,
  type SubscriptionBatch,
  type Timers,
} from '@kari/kernel';
import type { Blobs } from '@kari/platform/blob';
import type { Pool, QueryConfig, QueryResultRow } from 'pg';
import { appendStatement, resultsOf, type AnswerRow } from './append-statement.js';
import { asUnavailable, failureOf } from './failures.js';
import { GroupAppender, type GroupAppenderOptions } from './group-appender.js';
import { LogTail } from './log-tail.js';
import { RecentLog, type RecentRows } from './recent-log.js';
import { offloaded, recordedEvent, type EventRow, type PlacedRow } from './rows.js';

export interface PostgresEventStoreOptions {
  /** Connections of the role kari_system; one stays with the store to listen. Its owner ends it, after `close()`. */
  readonly pool: Pool;
  /** Takes the bodies over 64 KiB. */
  readonly blobs: Blobs;
  readonly timers: Timers;
  /** Categories whose streams may be truncated and deleted. Default: none. */
  readonly truncatable?: readonly string[];
  /** Between polls for events of other processes, should NOTIFY fail. Default 250. */
  readonly pollMilliseconds?: number;
  readonly appender?: Pick<GroupAppenderOptions, 'maxItems' | 'maxLength' | 'maxGroups' | 'maxQueued'>;
  /** Told of failures that are being retried. */
  readonly onFault?: (error: unknown, what: string) => void;
}

const PAGE = 500;
/** Places looked at in one read for events of certain types. */
const WINDOW = 20_000;
const LAST_REVISION = (2n ** 63n - 1n).toString();
/** After this a silent connection counts as lost. */
const QUERY_TIMEOUT = 5_000;
/** The driver would turn JSON, dates and numbers into objects; the rows here are decoded by hand, and faster. */
const AS_TEXT = { getTypeParser: () => (value: string | Buffer) => value };

export class PostgresEventStore implements EventStore {
  readonly capabilities = { multiStreamAtomic: false, transactionalEffects: false, contiguous: true, idempotency: 'full' } as const;
  private readonly appender: GroupAppender;
  private readonly tail: LogTail;
  private readonly recent: RecentLog;
  private readonly truncatable: ReadonlySet<string>;
  private readonly subscriptions = new Set<Subscription>();

  constructor(private readonly options: PostgresEventStoreOptions) {
    this.tail = new LogTail(options);
    this.recent = new RecentLog({
      reach: () => this.tail.reach,
      grownBeyond: (position, signal) => this.tail.grownBeyond(position, signal),
      timers: options.timers,
      read: (after, limit) => this.rowsBehind(after, limit),
      decode: (row) => recordedEvent(row, options.blobs),
    });
    this.truncatable = new Set(options.truncatable);
    this.appender = new GroupAppender({ ...options.appender, timers: options.timers, send: (group) => this.write(group) });
  }

  async append(items: readonly AppendItem[]): Promise<readonly AppendResult[]> {
    const prepared = await Promise.all(items.map((item) => this.prepare(item)));
    const results = await this.appender.append(prepared.filter((item): item is EncodedItem => !(item instanceof Error)));
    let next = 0;
    return prepared.map((item) => (item instanceof Error ? { ok: false, error: item } : (results[next++] as AppendResult)));
  }

  async *readStream(stream: StreamId, options: ReadStreamOptions = {}): AsyncIterable<RecordedEvent> {
    const backwards = options.direction === 'backwards';
    let low = (backwards ? options.to : options.from) ?? 0n;
    let high = ((backwards ? options.from : options.to) ?? LAST_REVISION).toString();
    // Asked at least once, also for nothing: a deleted stream says so to every reader.
    for (let left = options.limit ?? Infinity; ;) {
      const size = Math.min(PAGE, left);
      const rows = await this.query<EventRow & { tombstoned: string }>(
        'log-read-stream',
        'select * from log.read_stream($1, $2, $3, $4, $5)',
        [stream, low.toString(), high, backwards, size],
      );
      if (rows[0]?.tombstoned === 't') throw new StreamDeleted(stream);
      for (const row of rows) yield recordedEvent(row, this.options.blobs);
      const last = rows.at(-1);
      left -= rows.length;
      if (last === undefined || rows.length < size || left === 0) return;
      if (backwards) high = (BigInt(last.revision) - 1n).toString();
      else low = BigInt(last.revision) + 1n;
    }
  }

  async *readAll(options: ReadAllOptions = {}): AsyncIterable<RecordedEvent> {
    let after = options.after ?? START;
    for (let left = options.limit ?? Infinity; left > 0;) {
      const page = await this.page(after, options.filter, Math.min(PAGE, left));
      yield* page.events;
      left -= page.events.length;
      if (page.scannedTo === after || page.scannedTo === page.head) return;
      after = page.scannedTo;
    }
  }

  subscribe(options: SubscribeOptions, onBatch: (batch: SubscriptionBatch) => Promise<void>): Subscription {
    const subscription = catchUp(
      {
        read: async (after, filter, limit) => (await this.recent.page(BigInt(after), filter, limit)) ?? this.page(after, filter, limit),
        grownBeyond: (position, signal, awaited) => this.recent.grownFor(awaited ? undefined : options.filter, BigInt(position), signal),
        afterFailedRead: async (failure, attempt, signal) => {
          const cause = failure instanceof Error ? (failure.cause ?? failure) : failure;
          if (failureOf(cause) === 'defect') throw failure;
          this.options.onFault?.(failure, 'reading the log');
          await this.options.timers.sleep(Math.min(25 * 2 ** attempt, 1_000), signal).catch(() => undefined);
        },
      },
      options,
      onBatch,
    );
    this.subscriptions.add(subscription);
    const forget = (): void => void this.subscriptions.delete(subscription);
    subscription.ended.then(forget, forget);
    return subscription;
  }

  async head(): Promise<Position> {
    const [row] = await this.query<{ position: string }>('log-head', 'select position from log.counter', []);
    return row?.position ?? START;
  }

  async truncateBefore(stream: StreamId, revision: bigint): Promise<void> {
    await this.forget(stream, revision.toString(), false);
  }

  async tombstone(stream: StreamId): Promise<void> {
    await this.forget(stream, null, true);
  }

  async streamMetadata(stream: StreamId): Promise<StreamMetadata> {
    const [row] = await this.query<{ truncate_before: string | null; tombstoned: string }>(
      'log-metadata',
      'select truncate_before, tombstoned from log.streams where name = $1',
      [stream],
    );
    return {
      ...(typeof row?.truncate_before === 'string' ? { truncateBefore: BigInt(row.truncate_before) } : {}),
      ...(row?.tombstoned === 't' ? { tombstoned: true } : {}),
    };
  }

  /** Ends the subscriptions after the batch in hand, answers every accepted append, gives the listening connection back. */
  async close(): Promise<void> {
    await Promise.all([...this.subscriptions].map((subscription) => subscription.stop()));
    await this.appender.close();
    await this.tail.close();
  }

  private async prepare(item: AppendItem): Promise<EncodedItem | Error> {
    try {
      return await offloaded(encodeItem(item), this.options.blobs);
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  private async write(group: readonly EncodedItem[]): Promise<readonly AppendResult[]> {
    const { rows } = await this.options.pool.query<AnswerRow>(asText(appendStatement(group)));
    const { results, last, written } = resultsOf(group, rows);
    this.tail.committed(last);
    this.recent.wrote(written);
    return results;
  }

  private async page(after: Position, filter: EventFilter | undefined, limit: number): Promise<LogPage & { readonly head: Position }> {
    const { rows, head } = await this.read(after, filter, limit);
    const events: RecordedEvent[] = [];
    for (const row of rows) if (row.position !== null) events.push(await recordedEvent(row, this.options.blobs));
    const scanned = rows.length === limit && events.length > 0 ? events.at(-1)?.position : rows[0]?.scanned_to;
    const scannedTo = scanned !== undefined && BigInt(scanned) > BigInt(after) ? scanned : after;
    if (scannedTo === head) this.recent.beginAt(BigInt(head));
    return { events, head, scannedTo };
  }

  private async rowsBehind(after: bigint, limit: number): Promise<RecentRows> {
    const { rows, head } = await this.read(after.toString(), undefined, limit);
    const found = rows.filter(hasPosition);
    return { rows: found, scannedTo: BigInt(found.length === limit ? (found.at(-1)?.position ?? head) : head) };
  }

  private async read(
    after: Position,
    filter: EventFilter | undefined,
    limit: number,
  ): Promise<{ rows: readonly LogRow[]; head: Position }> {
    const expected = this.tail.reach;
    const rows = await this.query<LogRow>('log-read-all', 'select * from log.read_all($1, $2, $3, $4, $5)', [
      after,
      limit,
      filter?.categories ?? null,
      filter?.types ?? null,
      WINDOW,
    ]);
    const head = rows[0]?.head ?? START;
    this.tail.saw(BigInt(head), expected);
    return { rows, head };
  }

  private async forget(stream: StreamId, before: string | null, tombstone: boolean): Promise<void> {
    const category = categoryOf(stream);
    if (!this.truncatable.has(category)) throw rejected('EVENT_STREAM_PERMANENT', { category, stream });
    const [row] = await this.query<{ outcome: string }>('log-forget', 'select log.forget($1, $2, $3, $4) as outcome', [
      stream,
      category,
      before,
      tombstone,
    ]);
    this.recent.forget();
    if (row?.outcome === 'deleted') throw new StreamDeleted(stream);
  }

  private async query<Row extends QueryResultRow>(name: string, text: string, values: unknown[]): Promise<readonly Row[]> {
    try {
      return (await this.options.pool.query<Row>(asText({ name, text, values }))).rows;
    } catch (error) {
      throw asUnavailable(error);
    }
  }
}

type LogRow = EventRow & { readonly head: string; readonly scanned_to: string };

function hasPosition(row: LogRow): row is LogRow & PlacedRow {
  return row.position !== null;
}

function asText(statement: QueryConfig<unknown[]>): QueryConfig<unknown[]> {
  // The driver's types do not know its option for a time limit of one query.
  const limited: QueryConfig<unknown[]> & { readonly query_timeout: number } = {
    ...statement,
    types: AS_TEXT,
    query_timeout: QUERY_TIMEOUT,
  };
  return limited;
}
