import { beforeEach, describe, expect, it } from '@jest/globals';
import type { EventFilter, RecordedEvent, StreamId } from '@kari/kernel';
import { RecentLog, type RecentLogParts, type RecentRows } from './recent-log.js';
import type { EventRow, PlacedRow } from './rows.js';

let log: PlacedRow[];
let head: bigint;
let reads: bigint[];
let decoded: number;
let recent: RecentLog;
let waiting: { readonly beyond: bigint; readonly wake: () => void }[];
/** What was put off, until the spec lets it happen. */
let putOff: (() => void)[];

function written(type: string, stream = 'notes.book-_~x', body: object = {}): PlacedRow {
  head += 1n;
  const row = { position: String(head), id: `e${head}`, stream, revision: '0', type, version: '1' };
  return { ...row, data: JSON.stringify(body), blob: null, meta: '{}', recorded_at: '0' };
}

/** By another process: this one learns of it when it is told that the log has grown. */
function write(type: string, stream?: string, body?: object): PlacedRow {
  const row = written(type, stream, body);
  log.push(row);
  return row;
}
function tell(): void {
  for (const one of waiting.splice(0)) if (one.beyond < head) one.wake();
}

const read = (after: bigint, limit: number): Promise<RecentRows> => {
  reads.push(after);
  const rows = log.filter(({ position }) => BigInt(position) > after).slice(0, limit);
  return Promise.resolve({ rows, scannedTo: rows.length === limit ? BigInt(rows.at(-1)?.position ?? head) : head });
};
const decode = (row: EventRow): Promise<RecordedEvent> => {
  decoded += 1;
  const { id, type, stream } = row;
  const data = JSON.parse(row.data ?? 'null') as unknown;
  return Promise.resolve({ id, type, stream: stream as StreamId, data, position: row.position } as RecordedEvent);
};
const idsAfter = async (after: bigint, filter?: EventFilter, limit = 100) => {
  const page = await recent.page(after, filter, limit);
  return page === null ? null : [page.events.map(({ id }) => id).join(' '), page.scannedTo];
};

const parts: RecentLogParts = {
  reach: () => head,
  grownBeyond: (beyond) => (head > beyond ? Promise.resolve() : new Promise((wake) => waiting.push({ beyond, wake }))),
  timers: { after: (_milliseconds, work) => (putOff.push(work), { cancel: () => undefined }) },
  read,
  decode,
};

beforeEach(() => {
  [log, head, reads, decoded, waiting, putOff] = [[], 0n, [], 0, [], []];
  recent = new RecentLog(parts);
});

describe('the newest stretch of the log', () => {
  it('is not there before somebody has come to the end', async () => {
    write('A');
    expect(await idsAfter(0n)).toBeNull();
    recent.beginAt(1n);
    expect(await idsAfter(0n)).toBeNull();
    expect(await idsAfter(1n)).toEqual(['', '1']);
  });

  it('is read once for all who wait at the end, and decoded once', async () => {
    recent.beginAt(0n);
    write('A');
    write('B');
    const pages = await Promise.all([idsAfter(0n), idsAfter(0n, { types: ['B'] }), idsAfter(0n, { types: ['C'] })]);
    expect(pages).toEqual([
      ['e1 e2', '2'],
      ['e2', '2'],
      ['', '2'],
    ]);
    expect([reads, decoded]).toEqual([[0n], 2]);
  });

  it('leaves nothing out for one who lags behind, and tells no further than it gave', async () => {
    recent.beginAt(0n);
    for (const type of ['A', 'B', 'A', 'A']) write(type);
    await idsAfter(0n);
    expect(await idsAfter(0n, { types: ['A'] }, 2)).toEqual(['e1 e3', '3']);
    expect(await idsAfter(3n, { types: ['A'] }, 2)).toEqual(['e4', '4']);
    expect(await idsAfter(2n)).toEqual(['e3 e4', '4']);
  });

  it('knows categories', async () => {
    recent.beginAt(0n);
    write('A');
    write('A', 'other.thing-_~y');
    expect(await idsAfter(0n, { categories: ['other.thing'] })).toEqual(['e2', '2']);
  });

  it('reads on where more came than one read gives', async () => {
    recent.beginAt(0n);
    for (let index = 0; index < 1200; index += 1) write('A');
    let [after, seen] = [0n, 0];
    for (;;) {
      const page = await recent.page(after, undefined, 300);
      if (page === null || page.events.length === 0) break;
      seen += page.events.length;
      after = BigInt(page.scannedTo);
    }
    expect([seen, after]).toEqual([1200, 1200n]);
  });

  it('gives up the oldest, by number and by size: who stands there reads for himself', async () => {
    recent.beginAt(0n);
    for (let index = 0; index < 2500; index += 1) write('A');
    for (let after = 0n; after < 2500n;) after = BigInt((await recent.page(after, undefined, 500))?.scannedTo ?? 2500n);
    expect(await idsAfter(499n)).toBeNull();
    expect((await recent.page(500n, undefined, 1))?.events[0]?.id).toBe('e501');
    for (let index = 0; index < 5; index += 1) write('A', 'notes.book-_~x', { text: 'x'.repeat(1024 * 1024) });
    await idsAfter(2500n);
    expect(await idsAfter(2500n)).toBeNull();
    expect((await recent.page(2504n, undefined, 9))?.events.map(({ id }) => id)).toEqual(['e2505']);
  });

  it('holds no event that left the log, and begins anew', async () => {
    recent.beginAt(0n);
    write('A');
    await idsAfter(0n);
    recent.forget();
    expect(await idsAfter(0n)).toBeNull();
    recent.beginAt(1n);
    write('B');
    expect(await idsAfter(1n)).toEqual(['e2', '2']);
  });

  it('believes nothing it kept once the log is shorter than that', async () => {
    recent.beginAt(0n);
    for (const type of ['A', 'B', 'C']) write(type);
    await idsAfter(0n);
    [log, head] = [log.slice(0, 1), 1n];
    expect(await idsAfter(2n)).toBeNull();
    expect(await idsAfter(0n)).toBeNull();
  });

  it('goes on after a read that failed', async () => {
    let fails = true;
    recent = new RecentLog({
      ...parts,
      read: (after, limit) => (fails ? Promise.reject(new Error('out of reach')) : read(after, limit)),
      decode: (row) => (fails ? Promise.reject(new Error('out of reach')) : decode(row)),
    });
    recent.beginAt(0n);
    write('A');
    await expect(idsAfter(0n)).rejects.toThrow('out of reach');
    fails = false;
    expect(await idsAfter(0n)).toEqual(['e1', '1']);
    write('B');
    await idsAfter(1n, { types: [] });
    fails = true;
    await expect(idsAfter(1n)).rejects.toThrow('out of reach');
    fails = false;
    expect(await idsAfter(1n)).toEqual(['e2', '2']);
  });

  it('lets nobody change what others will read', async () => {
    recent.beginAt(0n);
    write('A', 'notes.book-_~x', { deep: { list: [1] } });
    const page = await recent.page(0n, undefined, 1);
    const { data } = page?.events[0] as { data: { deep: { list: number[] } } };
    expect(() => data.deep.list.push(2)).toThrow(TypeError);
  });
});

describe('what this process wrote itself', () => {
  it('is not read again', async () => {
    recent.beginAt(0n);
    recent.wrote([write('A'), write('B')]);
    expect(await idsAfter(0n)).toEqual(['e1 e2', '2']);
    expect(reads).toEqual([]);
  });

  it('is read where others came between', async () => {
    recent.beginAt(0n);
    write('A');
    recent.wrote([write('B')]);
    expect(await idsAfter(0n)).toEqual(['e1 e2', '2']);
    expect(reads).toEqual([0n]);
    recent.wrote([log[1]!]);
    expect(await idsAfter(0n)).toEqual(['e1 e2', '2']);
  });

  it('is no beginning: nobody has come to the end of the log yet', async () => {
    recent.wrote([write('A')]);
    expect(await idsAfter(0n)).toBeNull();
  });

  it('and a read under way do not both count', async () => {
    recent.beginAt(0n);
    const row = write('A');
    const reading = idsAfter(0n);
    recent.wrote([row]);
    expect(await reading).toEqual(['e1', '1']);
    expect(await idsAfter(0n)).toEqual(['e1', '1']);
  });
});

describe('a follower at the end of the log', () => {
  const types = (...list: string[]): EventFilter => ({ types: list });
  const never = new AbortController().signal;
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  /** Who sleeps, by name, until it is woken. */
  function sleeping(filters: Readonly<Record<string, EventFilter | undefined>>, after = 0n): { awake: string[] } {
    const seen: { awake: string[] } = { awake: [] };
    for (const [name, filter] of Object.entries(filters)) void recent.grownFor(filter, after, never).then(() => seen.awake.push(name));
    return seen;
  }

  it('sleeps through what is none of its business', async () => {
    recent.beginAt(0n);
    const seen = sleeping({ a: types('A'), b: types('B'), book: { categories: ['notes.book'] }, other: { categories: ['other.thing'] } });
    recent.wrote([write('B')]);
    await settled();
    expect(seen.awake).toEqual(['b', 'book']);
  });

  it('learns of what other processes write, by one read for all', async () => {
    recent.beginAt(0n);
    const seen = sleeping({ a: types('A'), alsoA: types('A', 'X'), b: types('B') });
    write('A');
    tell();
    await settled();
    expect([seen.awake, reads]).toEqual([['a', 'alsoA'], [0n]]);
    write('B');
    tell();
    await settled();
    expect([seen.awake, reads]).toEqual([
      ['a', 'alsoA', 'b'],
      [0n, 1n],
    ]);
  });

  it('moves on over it after a while, and once for all', async () => {
    recent.beginAt(0n);
    const seen = sleeping({ a: types('A'), c: types('C') });
    recent.wrote([write('B')]);
    recent.wrote([write('B')]);
    await settled();
    expect([seen.awake, putOff.length]).toEqual([[], 1]);
    putOff.forEach((work) => work());
    await settled();
    expect(seen.awake).toEqual(['a', 'c']);
    expect(await idsAfter(0n, types('A'))).toEqual(['', '2']);
  });

  it('does not sleep where something came since it looked', async () => {
    recent.beginAt(0n);
    recent.wrote([write('A'), write('B')]);
    const seen = sleeping({ a: types('A'), c: types('C') });
    await settled();
    expect([seen.awake, putOff.length]).toEqual([['a'], 1]);
  });

  it('that wants everything, or stands where nothing is kept, is told of every growth', async () => {
    const early = sleeping({ a: types('A') });
    recent.beginAt(0n);
    const all = sleeping({ all: undefined });
    write('B');
    tell();
    await settled();
    expect([early.awake, all.awake]).toEqual([['a'], ['all']]);
  });

  it('wakes with its signal, and reads for itself where the log is out of reach or forgotten', async () => {
    let fails = true;
    recent = new RecentLog({ ...parts, read: (after, limit) => (fails ? Promise.reject(new Error('out of reach')) : read(after, limit)) });
    recent.beginAt(0n);
    const stopped = new AbortController();
    const ended = recent.grownFor(types('A'), 0n, stopped.signal);
    stopped.abort();
    await ended;
    const seen = sleeping({ a: types('A') });
    write('B');
    tell();
    await settled();
    expect(seen.awake).toEqual(['a']);
    fails = false;
    const later = sleeping({ c: types('C') });
    recent.forget();
    await settled();
    expect(later.awake).toEqual(['c']);
  });
});
