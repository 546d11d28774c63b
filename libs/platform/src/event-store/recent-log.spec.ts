import { beforeEach, describe, expect, it } from '@jest/globals';
import type { RecordedEvent, StreamId } from '@kari/kernel';
import { RecentLog, type RecentRows } from './recent-log.js';
import type { EventRow } from './rows.js';

type Row = EventRow & { readonly position: string };

let log: Row[];
let head: bigint;
let reads: bigint[];
let decoded: number;
let recent: RecentLog;

function write(type: string, stream = 'notes.book-_~x', body: object = {}): void {
  head += 1n;
  const row = { position: String(head), id: `e${head}`, stream, revision: '0', type, version: '1' };
  log.push({ ...row, data: JSON.stringify(body), blob: null, meta: '{}', recorded_at: '0' });
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
const idsAfter = async (after: bigint, filter?: { types?: string[]; categories?: string[] }, limit = 100) => {
  const page = await recent.page(after, filter, limit);
  return page === null ? null : [page.events.map(({ id }) => id).join(' '), page.scannedTo];
};

beforeEach(() => {
  [log, head, reads, decoded] = [[], 0n, [], 0];
  recent = new RecentLog({ reach: () => head, read, decode });
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
      reach: () => head,
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
