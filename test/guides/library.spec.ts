// How an author tests tables: without a platform, and from one version to the next.
import { afterEach, describe, expect, it } from '@jest/globals';
import { testHost, type TestHost, type TestHostOptions } from '@kari/testkit';
import { start as one } from './library-1/src/index.js';
import { start as two } from './library-2/src/index.js';

const ada = { id: 'ada', kind: 'user' } as const;
const bob = { id: 'bob', kind: 'user' } as const;
const open: TestHost[] = [];

async function library(version: 1 | 2, options: TestHostOptions = {}): Promise<TestHost> {
  const folder = new URL(`library-${version}/`, import.meta.url);
  const host = await testHost({ folder, start: version === 1 ? one : two }, options);
  open.push(host);
  return host;
}
const add = (host: TestHost, book: Readonly<Record<string, unknown>>) => host.call<{ id: string }>('book.add', book);

afterEach(() => Promise.all(open.splice(0).map((host) => host.close())));

describe('version 1', () => {
  it('finds what it keeps, in pages and in order', async () => {
    const host = await library(1);
    for (const title of ['Sand', 'Sea', 'Salt', 'Rain']) await add(host, { title });
    const { books, next } = await host.call<{ books: { title: string }[]; next: string | null }>('book.search', { word: 'S' });
    expect([books.map(({ title }) => title), next]).toEqual([['Salt', 'Sand', 'Sea'], null]);
  });

  it('answers the error of its contract for a book that is there', async () => {
    const host = await library(1);
    await add(host, { title: 'Sea', isbn: '9780000000001' });
    await expect(add(host, { title: 'Sea, again', isbn: '9780000000001' })).rejects.toMatchObject({ reason: 'BOOK_KNOWN' });
  });

  it('lends a copy and notes it, or does neither', async () => {
    const host = await library(1);
    const { id } = await add(host, { title: 'Sea' });
    await expect(host.call('book.lend', { book: id, due: 'some day' })).rejects.toMatchObject({ reason: 'DATA_VALUE_INVALID' });
    expect(host.rows).toMatchObject({ book: [{ copies: 1, version: 1 }], loan: [] });
    await host.call('book.lend', { book: id, due: '2026-02-01' });
    expect(host.rows).toMatchObject({ book: [{ copies: 0, version: 2 }], loan: [{ book: id, due: '2026-02-01' }] });
    await expect(host.call('book.lend', { book: id, due: '2026-02-01' })).rejects.toMatchObject({ reason: 'BOOK_NOT_THERE' });
  });

  it('sums by shelf', async () => {
    const host = await library(1);
    await add(host, { title: 'Sea', shelf: 'A', copies: 2 });
    await add(host, { title: 'Salt', shelf: 'A' });
    await add(host, { title: 'Rain' });
    expect(await host.call('shelf.list', {})).toEqual({
      shelves: [
        { shelf: 'A', copies: 3 },
        { shelf: null, copies: 1 },
      ],
    });
  });

  it('shows each reader their own list alone', async () => {
    const host = await library(1, { actor: ada });
    const { id } = await add(host, { title: 'Sea' });
    await host.call('wish.keep', { book: id, why: 'for the holidays' });
    const other = await library(1, { actor: bob, before: host });
    expect(await other.call('wish.list', {})).toEqual({ wishes: [] });
    const again = await library(1, { actor: ada, before: host });
    expect(await again.call('wish.list', {})).toEqual({ wishes: ['for the holidays'] });
  });
});

describe('the way to version 2', () => {
  it('keeps the rows: the shelf is a place, the short form is filled, twice without harm', async () => {
    const before = await library(1);
    await add(before, { title: 'A long way down to the sea, and back', isbn: '9780000000001', shelf: 'A', copies: 2 });
    const after = await library(2, { before });
    await after.upgrade('1.0.0');
    await after.upgrade('1.0.0');
    const [book] = after.rows['book']!;
    expect(book).toMatchObject({ place: 'A', copies: 2, short: 'A long way down to the sea, an', version: 2 });
    expect(book).not.toHaveProperty('isbn');
  });

  it('serves a row that version 1 wrote behind its back', async () => {
    const before = await library(1);
    await add(before, { title: 'Sea' });
    const after = await library(2, { before });
    expect(await after.call('book.search', { word: 'Sea' })).toMatchObject({ books: [{ short: 'Sea' }] });
  });
});
