// What the tables of an extension promise, asked of the platform's and of the test host's alike.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Rejection } from '@kari/kernel';
import type { ManifestData } from '@kari/protocol/manifest';
import fc from 'fast-check';

type Operation = 'get' | 'find' | 'count' | 'aggregate' | 'write';

export interface TableWorld {
  /** Fresh tables of an extension that declares them. `bytes`: most of all its tables. */
  open(data: ManifestData, bytes?: number): Promise<TableDesk>;
  end(): Promise<void>;
}

interface TableDesk {
  /** Throws `Rejection`. `user` null: the extension itself. */
  ask(operation: Operation, request: unknown, user: string | null): Promise<unknown>;
}

const data: ManifestData = {
  version: 1,
  collections: {
    note: {
      description: 'A note.',
      rows: 40,
      fields: {
        title: { type: 'text', required: true, maxLength: 100 },
        size: { type: 'integer', default: 1 },
        weight: { type: 'number' },
        done: { type: 'boolean', required: true, default: false },
        day: { type: 'date' },
        at: { type: 'timestamp' },
        ref: { type: 'uuid' },
        body: { type: 'json' },
        blob: { type: 'bytes', maxLength: 64 },
        secret: { type: 'text', encrypted: true },
        folder: { type: 'uuid', references: 'folder' },
      },
      indexes: [{ fields: ['title', 'size'], unique: true }],
    },
    folder: { description: 'A folder.', fields: { name: { type: 'text', maxLength: 50, unique: true } } },
    mine: {
      description: 'Of one user.',
      scope: 'user',
      fields: { word: { type: 'text', maxLength: 50, unique: true }, of: { type: 'uuid', references: 'mine' } },
    },
  },
};

const ID = '00000000-0000-7000-8000-0000000000ff';
type Row = Readonly<Record<string, unknown>>;

export function tablesSuite(name: string, start: () => Promise<TableWorld>): void {
  describe(`tables: ${name}`, () => {
    let world: TableWorld;
    let desk: TableDesk;
    beforeAll(async () => {
      world = await start();
    });
    afterAll(() => world?.end());
    beforeEach(async () => {
      desk = await world.open(data);
    });

    const write = async (writes: readonly unknown[], user: string | null = 'u') =>
      ((await desk.ask('write', { writes }, user)) as { outcomes: readonly { id: string; version: number; deleted?: boolean }[] }).outcomes;
    const insert = async (collection: string, values: Row, user: string | null = 'u') =>
      (await write([{ collection, insert: values }], user))[0]!.id;
    const get = async (collection: string, id: string, user: string | null = 'u') =>
      ((await desk.ask('get', { collection, id }, user)) as { row: Row | null }).row;
    const find = async (request: Row, user: string | null = 'u') =>
      (await desk.ask('find', { collection: 'note', ...request }, user)) as { rows: readonly Row[]; next: string | null };
    const titles = async (where: unknown) => (await find({ where, order: [{ field: 'title' }] })).rows.map((row) => row['title']);
    const refusal = async (attempt: Promise<unknown>): Promise<unknown> =>
      attempt.then(
        () => 'done',
        (error: unknown) => (error instanceof Rejection ? error.code : error),
      );

    it('give back what was written, in its one form, with what every row has', async () => {
      const values = {
        title: 'Üb\'er "x" \\ %_',
        size: -7,
        weight: 1.25,
        done: true,
        day: '2024-02-29',
        ref: ID,
        body: { a: [1, null, 'ü'], b: {} },
        blob: 'AAECAw==',
        secret: 'nobody reads this',
      };
      const id = await insert('note', { ...values, at: '2026-01-31T12:00:00+02:00' });
      const row = await get('note', id);
      expect(row).toEqual({
        ...values,
        at: '2026-01-31T10:00:00.000Z',
        folder: null,
        id,
        version: 1,
        owner: 'u',
        created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        updated_at: row?.['created_at'],
      });
    });

    it('change the fields that are named, under the version that is there', async () => {
      const id = await insert('note', { title: 'a', weight: 2 });
      expect(await write([{ collection: 'note', update: id, set: { size: 5, weight: null }, version: 1 }])).toEqual([{ id, version: 2 }]);
      expect(await get('note', id)).toMatchObject({ title: 'a', size: 5, weight: null, version: 2 });
      expect(await refusal(write([{ collection: 'note', update: id, set: { size: 6 }, version: 1 }]))).toBe('DATA_ROW_CONFLICT');
      expect(await refusal(write([{ collection: 'note', update: ID, set: { size: 6 } }]))).toBe('DATA_ROW_MISSING');
      expect(await refusal(write([{ collection: 'note', delete: id, version: 1 }]))).toBe('DATA_ROW_CONFLICT');
      expect(
        await write([
          { collection: 'note', delete: id, version: 2 },
          { collection: 'note', delete: id },
        ]),
      ).toEqual([{ deleted: true }, { deleted: false }]);
      expect(await get('note', id)).toBeNull();
    });

    it('refuse what the layout does not hold, and write nothing of it', async () => {
      const attempts = [
        [{ collection: 'nothing', insert: {} }],
        [{ collection: 'constructor', insert: {} }],
        [{ collection: 'note', insert: { title: 'a', nothing: 1 } }],
        [{ collection: 'note', insert: {} }],
        [{ collection: 'note', insert: { title: 'a', day: 'today' } }],
        [{ collection: 'note', insert: { title: 'x'.repeat(101) } }],
        [
          { collection: 'note', insert: { title: 'fine' } },
          { collection: 'note', insert: { title: 7 } },
        ],
      ];
      const outcomes: unknown[] = [];
      for (const writes of attempts) outcomes.push(await refusal(write(writes)));
      expect(outcomes).toEqual([
        'DATA_COLLECTION_UNKNOWN',
        'DATA_COLLECTION_UNKNOWN',
        'DATA_FIELD_UNKNOWN',
        'DATA_VALUE_INVALID',
        'DATA_VALUE_INVALID',
        'DATA_VALUE_INVALID',
        'DATA_VALUE_INVALID',
      ]);
      expect(await desk.ask('count', { collection: 'note' }, 'u')).toEqual({ count: 0 });
    });

    it('keep what is unique unique, and what is not there out of it', async () => {
      await insert('note', { title: 'a', size: 1 });
      expect(await refusal(insert('note', { title: 'a', size: 1 }))).toBe('DATA_NOT_UNIQUE');
      await insert('note', { title: 'a', size: 2 });
      await insert('note', { title: 'a', size: null });
      await insert('note', { title: 'a', size: null });
      const id = await insert('folder', { name: 'x' });
      expect(await refusal(write([{ collection: 'folder', insert: { name: 'y' }, id }]))).toBe('DATA_NOT_UNIQUE');
      expect(await refusal(insert('folder', { name: 'x' }))).toBe('DATA_NOT_UNIQUE');
    });

    it('point to rows that are there, also to one of the same write, and let none go that is pointed to', async () => {
      expect(await refusal(insert('note', { title: 'a', folder: ID }))).toBe('DATA_REFERENCE_MISSING');
      await write([
        { collection: 'folder', insert: { name: 'x' }, id: ID },
        { collection: 'note', insert: { title: 'a', folder: ID } },
      ]);
      expect(await refusal(write([{ collection: 'folder', delete: ID }]))).toBe('DATA_STILL_REFERENCED');
      const [row] = (await find({})).rows;
      await write([
        { collection: 'note', update: row!['id'], set: { folder: null } },
        { collection: 'folder', delete: ID },
      ]);
      expect(await get('folder', ID)).toBeNull();
    });

    it('write all or none of several', async () => {
      await insert('folder', { name: 'taken' });
      const writes = [
        { collection: 'folder', insert: { name: 'new' } },
        { collection: 'folder', insert: { name: 'taken' } },
      ];
      expect(await refusal(write(writes))).toBe('DATA_NOT_UNIQUE');
      expect(await desk.ask('count', { collection: 'folder' }, 'u')).toEqual({ count: 1 });
    });

    it('Z-02 show rows of a user to that user alone, and tell nobody of them', async () => {
      const id = await insert('mine', { word: 'of a' }, 'a');
      for (const other of ['b', null]) {
        expect(await get('mine', id, other)).toBeNull();
        expect(await desk.ask('find', { collection: 'mine' }, other)).toEqual({ rows: [], next: null });
        expect(await desk.ask('count', { collection: 'mine' }, other)).toEqual({ count: 0 });
        expect(await desk.ask('aggregate', { collection: 'mine', measures: { n: { count: true }, w: { max: 'word' } } }, other)).toEqual({
          groups: [{ n: 0, w: null }],
          more: false,
        });
        expect(await refusal(write([{ collection: 'mine', update: id, set: { word: 'x' } }], other))).toBe('DATA_ROW_MISSING');
        expect(await write([{ collection: 'mine', delete: id }], other)).toEqual([{ deleted: false }]);
      }
      await insert('mine', { word: 'of a' }, 'b');
      expect(await refusal(insert('mine', { word: 'other', of: id }, 'b'))).toBe('DATA_REFERENCE_MISSING');
      expect(await refusal(insert('mine', { word: 'x' }, null))).toBe('DATA_NO_USER');
      expect(await get('mine', id, 'a')).toMatchObject({ word: 'of a', owner: 'a' });
    });

    it('page in any order without losing or repeating a row, also among equal and missing values', async () => {
      const sizes = [3, 1, null, 2, 2, null, 1, 3, 2];
      await write(sizes.map((size, index) => ({ collection: 'note', insert: { title: `t${index}`, size } })));
      for (const direction of ['asc', 'desc']) {
        const order = [{ field: 'size', direction }];
        const seen: Row[] = [];
        for (let after: string | null = null, pages = 0; pages < 20; pages += 1) {
          const page: { rows: readonly Row[]; next: string | null } = await find({ order, limit: 2, after });
          seen.push(...page.rows);
          after = page.next;
          if (after === null) break;
        }
        const found = seen.map((row) => row['size']);
        const sorted = [1, 1, 2, 2, 2, 3, 3];
        expect(found).toEqual([...(direction === 'asc' ? sorted : sorted.reverse()), null, null]);
        expect(new Set(seen.map((row) => row['id'])).size).toBe(sizes.length);
      }
      const { next } = await find({ limit: 2 });
      expect(await refusal(find({ limit: 2, after: next, order: [{ field: 'title' }] }))).toBe('DATA_QUERY_INVALID');
    });

    it('find by every kind of condition', async () => {
      await write(
        [
          { title: 'alpha', size: 1, weight: 0.5, day: '2026-01-01', at: '2026-01-01T00:00:00Z', done: true },
          { title: 'Beta', size: 2, weight: null, day: null, at: '2026-06-01T00:00:00Z' },
          { title: 'a%b_c', size: null, weight: 2.5, day: '2026-03-01', at: null },
        ].map((values) => ({ collection: 'note', insert: values })),
      );
      expect(await titles({ field: 'title', startsWith: 'a' })).toEqual(['a%b_c', 'alpha']);
      expect(await titles({ field: 'title', contains: '%b' })).toEqual(['a%b_c']);
      expect(await titles({ field: 'size', ne: 1 })).toEqual(['Beta', 'a%b_c']);
      expect(await titles({ not: { field: 'size', gte: 2 } })).toEqual(['a%b_c', 'alpha']);
      expect(await titles({ field: 'weight', lte: 2.5 })).toEqual(['a%b_c', 'alpha']);
      expect(await titles({ field: 'day', gt: '2026-02-01' })).toEqual(['a%b_c']);
      expect(await titles({ field: 'at', lt: '2026-01-01T01:00:00+01:00' })).toEqual([]);
      expect(await titles({ field: 'at', eq: '2026-01-01T01:00:00+01:00' })).toEqual(['alpha']);
      expect(await titles({ field: 'size', in: [2, 3] })).toEqual(['Beta']);
      expect(await titles({ field: 'done', eq: true })).toEqual(['alpha']);
      expect(
        await titles({
          or: [
            { field: 'size', isNull: true },
            {
              and: [
                { field: 'title', lt: 'a' },
                { field: 'version', eq: 1 },
              ],
            },
          ],
        }),
      ).toEqual(['Beta', 'a%b_c']);
    });

    it('sum, by group, in the order of the groups', async () => {
      await write(
        [
          { title: 'a', size: 1, weight: 0.5 },
          { title: 'a', size: 3, weight: null },
          { title: 'b', size: null, weight: 4 },
        ].map((values) => ({ collection: 'note', insert: values })),
      );
      const measures = { n: { count: true }, s: { sum: 'size' }, avg: { avg: 'size' }, least: { min: 'weight' }, last: { max: 'title' } };
      expect(await desk.ask('aggregate', { collection: 'note', groupBy: ['title'], measures }, 'u')).toEqual({
        groups: [
          { title: 'a', n: 2, s: 4, avg: 2, least: 0.5, last: 'a' },
          { title: 'b', n: 1, s: null, avg: null, least: 4, last: 'b' },
        ],
        more: false,
      });
      const where = { field: 'title', eq: 'nothing' };
      expect(await desk.ask('aggregate', { collection: 'note', where, measures: { n: { count: true } } }, 'u')).toEqual({
        groups: [{ n: 0 }],
        more: false,
      });
    });

    it('hold as many rows and bytes as they may, counted before the write', async () => {
      const rows = (from: number, count: number) =>
        Array.from({ length: count }, (_, index) => ({ collection: 'note', insert: { title: `t${from + index}` } }));
      await write(rows(0, 40));
      expect(await refusal(write(rows(40, 1)))).toBe('DATA_TABLES_QUOTA');
      const [row] = (await find({})).rows;
      expect(await write([{ collection: 'note', delete: row!['id'] }, ...rows(40, 1)])).toHaveLength(2);
      desk = await world.open(data, 400);
      await insert('folder', { name: 'x'.repeat(50) });
      expect(await refusal(write(rows(0, 3)))).toBe('DATA_TABLES_QUOTA');
      expect(await desk.ask('count', { collection: 'note' }, 'u')).toEqual({ count: 0 });
      expect(await insert('note', { title: 'fits' })).toEqual(expect.any(String));
    });

    it('end a page before its rows are more than an answer holds', async () => {
      desk = await world.open({
        version: 1,
        collections: { long: { description: 'x', fields: { text: { type: 'text', maxLength: 200_000 } } } },
      });
      for (let row = 0; row < 4; row += 1) await insert('long', { text: 'x'.repeat(200_000) });
      const first = (await desk.ask('find', { collection: 'long' }, 'u')) as { rows: readonly Row[]; next: string };
      expect(first.rows).toHaveLength(3);
      const second = (await desk.ask('find', { collection: 'long', after: first.next }, 'u')) as {
        rows: readonly Row[];
        next: string | null;
      };
      expect([second.rows.length, second.next]).toEqual([1, null]);
    });

    it('answer any filter with rows that it means, or refuse it', async () => {
      await write(
        Array.from({ length: 8 }, (_, index) => ({
          collection: 'note',
          insert: { title: `t${index}`, size: index % 3 === 0 ? null : index, weight: index / 2 },
        })),
      );
      const text = fc.oneof(
        fc.string({ unit: 'grapheme', maxLength: 8 }),
        fc.constantFrom("'; drop table note; --", '"', '\\', '%', '$1', '${x}', '/a~1b', '\u0000', "' or '1'='1"),
      );
      const value = fc.oneof(
        text,
        fc.integer({ min: -2, max: 9 }),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.boolean(),
        fc.constant(null),
      );
      const field = fc.oneof(
        fc.constantFrom('title', 'size', 'weight', 'done', 'at', 'id', 'owner', 'version', 'body', 'secret', 'tenant', 't1', '__proto__'),
        text,
      );
      const how = fc.constantFrom('eq', 'ne', 'lt', 'lte', 'gt', 'gte', 'contains', 'startsWith', 'isNull', 'in', 'or 1=1');
      const { filter } = fc.letrec((tie) => ({
        leaf: fc.tuple(field, how, value).map(([name, operator, given]) => ({
          field: name,
          [operator]: operator === 'in' ? [given] : operator === 'isNull' ? given === true : given,
        })),
        filter: fc.oneof(
          { depthSize: 'small', withCrossShrink: true },
          tie('leaf'),
          fc.array(tie('filter'), { maxLength: 3 }).map((of) => ({ and: of })),
          fc.array(tie('filter'), { maxLength: 3 }).map((of) => ({ or: of })),
          tie('filter').map((of) => ({ not: of })),
        ),
      }));
      await fc.assert(
        fc.asyncProperty(filter, async (where) => {
          const outcome = await refusal(find({ where }));
          expect(['done', 'DATA_QUERY_INVALID', 'DATA_FIELD_UNKNOWN']).toContain(outcome);
          if (outcome !== 'done') return;
          const [all, meant, others] = await Promise.all([find({}), find({ where }), find({ where: { not: where } }).catch(() => null)]);
          if (others !== null) expect(meant.rows.length + others.rows.length).toBe(all.rows.length);
        }),
        { numRuns: Number(process.env['KARI_TABLE_FILTERS'] ?? 60) },
      );
    }, 60_000);
  });
}
