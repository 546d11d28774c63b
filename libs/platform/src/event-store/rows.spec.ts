import { describe, expect, it } from '@jest/globals';
import { encodeItem, type EncodedItem } from '@kari/kernel';
import type { Blobs } from '@kari/platform/blob';
import { blobOf, offloaded, recordedEvent, type EventRow } from './rows.js';

const meta = {
  tenant: '_',
  actor: 'someone',
  actorKind: 'user',
  commandId: 'c',
  commandType: 'TakeNote',
  correlationId: 'r',
  occurredAt: '2026-01-01T00:00:00.000Z',
} as const;

function blobs(): Blobs & { readonly kept: Map<string, string> } {
  const kept = new Map<string, string>();
  return {
    kept,
    put: (bytes) => {
      const id = `blob-${kept.size}`;
      kept.set(id, Buffer.from(bytes).toString('utf8'));
      return Promise.resolve(id);
    },
    get: (id) => Promise.resolve(Buffer.from(kept.get(id) ?? '')),
    has: (id) => Promise.resolve(kept.has(id)),
    remove: () => Promise.resolve(),
  };
}
const holding = (...bodies: readonly unknown[]): EncodedItem =>
  encodeItem({
    stream: 'test.note-_~a',
    expected: 'any',
    events: bodies.map((data, index) => ({ id: `00000000-0000-7000-8000-00000000000${index}`, type: 'NoteTaken', version: 3, data, meta })),
  });
const row = (changes: Partial<EventRow> = {}): EventRow => ({
  position: '12',
  id: 'an-id',
  stream: 'test.note-_~a',
  revision: '7',
  type: 'NoteTaken',
  version: '3',
  data: '{"text":"a"}',
  blob: null,
  meta: JSON.stringify(meta),
  recorded_at: '1767225600123',
  ...changes,
});
const KIB = 1024;

describe('a body on its way into a row', () => {
  it('stays in the row up to 64 KiB, and lies in the blob store beyond', async () => {
    const store = blobs();
    const fits = holding('x'.repeat(64 * KIB - 2));
    expect(await offloaded(fits, store)).toBe(fits);
    const large = await offloaded(holding({ small: true }, 'x'.repeat(64 * KIB - 1)), store);
    expect(large.events.map((event) => [event.data, blobOf(event)])).toEqual([
      ['{"small":true}', null],
      ['', 'blob-0'],
    ]);
    expect(store.kept.get('blob-0')).toBe(`"${'x'.repeat(64 * KIB - 1)}"`);
    expect(large).toMatchObject({ stream: 'test.note-_~a', category: 'test.note', expected: 'any' });
  });
  it('is measured in bytes, not in characters', async () => {
    const store = blobs();
    const letters = await offloaded(holding('ä'.repeat(33 * KIB)), store);
    expect(blobOf(letters.events[0]!)).toBe('blob-0');
    const signs = await offloaded(holding('€'.repeat(22 * KIB)), store);
    expect(blobOf(signs.events[0]!)).toBe('blob-1');
    expect(await offloaded(holding('€'.repeat(21 * KIB)), store)).toMatchObject({ events: [{ data: expect.stringContaining('€€') }] });
    expect(store.kept.size).toBe(2);
  });
});

describe('a row that is read', () => {
  it('is the event that was stored', async () => {
    expect(await recordedEvent(row(), blobs())).toEqual({
      id: 'an-id',
      stream: 'test.note-_~a',
      revision: 7n,
      position: '12',
      type: 'NoteTaken',
      version: 3,
      data: { text: 'a' },
      meta,
      recordedAt: '2026-01-01T00:00:00.123Z',
    });
  });
  it('has its body from where that lies', async () => {
    const store = blobs();
    const id = await store.put(Buffer.from('{"text":"größer"}'));
    expect((await recordedEvent(row({ data: null, blob: id }), store)).data).toEqual({ text: 'größer' });
    expect((await recordedEvent(row({ data: null }), store)).data).toBeNull();
  });
  it('fails with the blob store, and does not read on without the body', async () => {
    const away: Blobs = { ...blobs(), get: () => Promise.reject(new Error('the blob store is away')) };
    await expect(recordedEvent(row({ data: null, blob: 'gone' }), away)).rejects.toThrow('the blob store is away');
  });
  it('stands at no place of its own while it has no position', async () => {
    expect((await recordedEvent(row({ position: null }), blobs())).position).toBe('0');
  });
});
