import { describe, expect, it } from '@jest/globals';
import type { DataCollection, ManifestData } from '@kari/protocol/manifest';
import fc from 'fast-check';
import { emptyLayout, planLayout, type Layout } from './layout.rules.js';

const note: DataCollection = {
  description: 'A note.',
  fields: {
    title: { type: 'text', required: true, maxLength: 200 },
    size: { type: 'integer', default: 0 },
    folder: { type: 'uuid', references: 'folder' },
  },
  indexes: [{ fields: ['title'], unique: true }],
};
const folder: DataCollection = { description: 'A folder.', fields: { name: { type: 'text', maxLength: 50, unique: true } } };
const first: ManifestData = { version: 1, collections: { note, folder } };

function made(data: ManifestData, before: Layout = emptyLayout): Layout {
  const plan = planLayout(before, data);
  if (plan.layout === null) throw new Error(JSON.stringify(plan.problems));
  return plan.layout;
}
const second = (change: Partial<DataCollection>, more: Partial<ManifestData> = {}): ManifestData => ({
  version: 2,
  collections: { note: { ...note, ...change }, folder },
  ...more,
});
const fields = (change: DataCollection['fields']) => second({ fields: { ...note.fields, ...change } });
const planned = (data: ManifestData) => planLayout(made(first), data);
const words = (data: ManifestData) => planned(data).changes.map(({ act, field, detail }) => `${act} ${field ?? '-'}: ${detail}`);
const refusals = (data: ManifestData) => planned(data).problems.map(({ code, pointer }) => `${code} ${pointer}`);

describe('a first layout', () => {
  it('gives every collection a table and every field a column of its own', () => {
    const { collections } = made(first);
    expect(Object.values(collections).map(({ table }) => table)).toEqual(['t1', 't2']);
    expect(Object.values(collections).flatMap((one) => Object.values(one.fields).map(({ column }) => column))).toEqual([
      'c1',
      'c2',
      'c3',
      'c4',
    ]);
    expect(collections['note']).toMatchObject({
      scope: 'tenant',
      rows: 100_000,
      indexes: [
        { fields: ['folder'], unique: false },
        { fields: ['title'], unique: true },
      ],
    });
  });

  it.each([
    ['DATA_LAYOUT_INVALID /data/collections/note/fields/id', { fields: { id: { type: 'uuid' } } }],
    ['DATA_LAYOUT_INVALID /data/collections/note/fields/created_at', { fields: { created_at: { type: 'timestamp' } } }],
    ['DATA_LAYOUT_INVALID /data/collections/note/fields/size/default', { fields: { size: { type: 'integer', default: 'many' } } }],
    ['DATA_LAYOUT_INVALID /data/collections/note/fields/body/unique', { fields: { body: { type: 'json', unique: true } } }],
    [
      'DATA_LAYOUT_INVALID /data/collections/note/indexes/0',
      { indexes: [{ fields: ['a'] }], fields: { a: { type: 'text', maxLength: 9, personal: 'sensitive' } } },
    ],
    [
      'DATA_LAYOUT_INVALID /data/collections/note/fields/code/unique',
      { fields: { code: { type: 'text', maxLength: 10, unique: true, encrypted: true } } },
    ],
    ['DATA_LAYOUT_INVALID /data/collections/note/fields/long/unique', { fields: { long: { type: 'text', unique: true } } }],
    ['DATA_LAYOUT_INVALID /data/collections/note/indexes/0', { indexes: [{ fields: ['nothing'] }], fields: { a: { type: 'text' } } }],
    ['DATA_LAYOUT_INVALID /data/collections/note/fields/of/references', { fields: { of: { type: 'uuid', references: 'nothing' } } }],
    ['DATA_LAYOUT_UNSERVED /data/collections/note/kind', { kind: 'documents', fields: {} }],
  ] as const)('is refused with %s', (problem, change) => {
    const { problems } = planLayout(emptyLayout, {
      version: 1,
      collections: { note: { description: 'x', ...(change as Partial<DataCollection>) } as DataCollection },
    });
    expect(problems.map(({ code, pointer }) => `${code} ${pointer}`)).toEqual([problem]);
    expect(problems[0]?.cure).not.toBe('');
  });
});

describe('the next layout', () => {
  it('keeps tables and columns, and adds what is new', () => {
    const before = made(first);
    const { collections } = made(fields({ done: { type: 'boolean', required: true, default: false } }), before);
    expect(collections['note']?.fields['title']?.column).toBe(before.collections['note']?.fields['title']?.column);
    expect(collections['note']?.fields['done']?.column).toBe('c5');
    expect(words(fields({ done: { type: 'boolean' } }))).toEqual(['add done: a boolean']);
  });

  it('leaves a renamed field where it is, also over two versions at once', () => {
    const { title, ...others } = note.fields;
    const data: ManifestData = {
      version: 3,
      collections: { note: { ...note, fields: { ...others, headline: title! }, indexes: [] }, folder },
      migrations: [
        { to: 3, collection: 'note', rename: { from: 'name', to: 'headline' } },
        { to: 2, collection: 'note', rename: { from: 'title', to: 'name' } },
      ],
    };
    expect(made(data, made(first)).collections['note']?.fields['headline']?.column).toBe('c1');
    expect(words(data)).toContain('rename headline: it was title');
  });

  it('gives a field of a dropped name a column of its own', () => {
    const data = second({}, { migrations: [{ to: 2, collection: 'note', drop: 'size' }] });
    expect(made(data, made(first)).collections['note']?.fields['size']?.column).toBe('c5');
    expect(words(data)).toEqual(['add size: a integer', 'drop size: the field and its values']);
  });

  it('never takes a name of the database that another layout has', () => {
    const used = made(fields({ other: { type: 'text' } }), made(first));
    const plan = planLayout(made(first), fields({ mine: { type: 'text' } }), [used]);
    expect(plan.layout?.collections['note']?.fields['mine']?.column).toBe('c6');
  });

  it('widens: longer texts, more values, integers to numbers, what is not required any more, another default', () => {
    const wider = fields({ title: { type: 'text', maxLength: 300 }, size: { type: 'number', default: 1 } });
    expect(refusals(wider)).toEqual([]);
    expect(words(wider)).toEqual([
      'alter title: at most 300 long instead of 200',
      'alter title: not required any more',
      'alter size: an integer becomes a number',
      'alter size: another default',
    ]);
  });

  it.each([
    ['/data/collections/note/fields/title/type', fields({ title: { type: 'integer' } })],
    ['/data/collections/note/fields/title/maxLength', fields({ title: { type: 'text', maxLength: 199, required: true } })],
    ['/data/collections/note/fields/title/values', fields({ title: { type: 'text', maxLength: 200, required: true, values: ['a'] } })],
    ['/data/collections/note/fields/folder/required', fields({ folder: { type: 'uuid', references: 'folder', required: true } })],
    ['/data/collections/note/fields/new', fields({ new: { type: 'text', required: true } })],
    ['/data/collections/note/fields/size', fields({ size: { type: 'integer', default: 0, encrypted: true } })],
    ['/data/collections/note/scope', second({ scope: 'user' })],
    ['/data/collections/note/fields/size', second({ fields: { title: note.fields['title']!, folder: note.fields['folder']! } })],
  ])('is refused where values could be lost: %s', (pointer, data) => {
    expect(refusals(data)).toEqual([`DATA_LAYOUT_NARROWS ${pointer}`]);
  });

  it('is refused under the same version, and under an older one', () => {
    expect(refusals({ ...fields({ more: { type: 'text' } }), version: 1 })).toEqual(['DATA_LAYOUT_VERSION /data/version']);
    expect(planLayout(made({ ...first, version: 5 }), { ...first, version: 4 }).problems.map(({ code }) => code)).toEqual([
      'DATA_LAYOUT_VERSION',
    ]);
    expect(refusals(first)).toEqual([]);
  });

  it('says that handlers convert nothing yet', () => {
    expect(refusals(second({}, { migrations: [{ to: 2, collection: 'note', convert: 'split' }] }))).toEqual([
      'DATA_LAYOUT_UNSERVED /data/migrations/0/convert',
    ]);
  });

  it('drops collections with their tables only in words: they stay as long as the version before may come back', () => {
    const { changes, layout } = planLayout(made(first), undefined);
    expect(changes.map(({ act, collection }) => `${act} ${collection}`)).toEqual(['drop note', 'drop folder']);
    expect(layout?.collections).toEqual({});
  });
});

describe('names of authors', () => {
  const hostile = fc.oneof(
    fc.constantFrom(
      '__proto__',
      'constructor',
      'toString',
      'select',
      'a"b',
      "'; drop schema data cascade; --",
      'x'.repeat(200),
      '\u0000',
      't1',
      'c1',
      '',
    ),
    fc.string({ unit: 'grapheme', maxLength: 80 }),
  );

  it('never reach a name of the database, whatever they are, and never meet', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(hostile, { minLength: 1, maxLength: 6 }),
        fc.uniqueArray(hostile, { minLength: 1, maxLength: 6 }),
        (names, own) => {
          const collection: DataCollection = {
            description: 'x',
            fields: Object.fromEntries(own.map((name) => [name, { type: 'text' as const }])),
          };
          const { collections } = made({ version: 1, collections: Object.fromEntries(names.map((name) => [name, collection])) });
          expect(Object.keys(collections).sort()).toEqual([...names].sort());
          const tables = Object.values(collections).map(({ table }) => table);
          const columns = Object.values(collections).flatMap((one) => Object.values(one.fields).map(({ column }) => column));
          expect([...tables, ...columns].every((name) => /^[tc]\d+$/.test(name))).toBe(true);
          expect(new Set(tables).size).toBe(names.length);
          expect(new Set(columns).size).toBe(names.length * own.length);
        },
      ),
      { numRuns: 200 },
    );
  });
});
