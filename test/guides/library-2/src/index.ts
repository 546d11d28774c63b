// The second version: a shelf is a place, nobody asked for the ISBN, and a title has a short form.
import { extension, KariError, PluginError } from '@kari/sdk';
import type { LibraryTypes } from './extension.types.js';

export const start = extension<LibraryTypes>({
  plugins: {
    'book.add': async ({ title, shelf = null, copies = 1 }, { data }) => {
      const { id } = await data.table('book').insert({ title, place: shelf, copies, short: shortOf(title) });
      return { id };
    },

    'book.search': async ({ word, after = null }, { data }) => {
      const { rows, next } = await data.table('book').find({
        where: {
          and: [
            { field: 'title', contains: word },
            { field: 'copies', gt: 0 },
          ],
        },
        order: [{ field: 'title' }],
        limit: 20,
        after,
      });
      // A row that version 1 wrote after onUpgrade has no short form.
      return { books: rows.map(({ id, title, copies, short }) => ({ id, title, copies, short: short ?? shortOf(title) })), next };
    },

    'book.lend': async ({ book, due }, { data }) => {
      for (let attempt = 1; ; attempt += 1) {
        const row = await data.table('book').get(book);
        if (row === null || row.copies < 1) throw new PluginError('BOOK_NOT_THERE', 'No copy is there.');
        const loan = crypto.randomUUID();
        try {
          await data.write([
            { collection: 'book', update: book, set: { copies: row.copies - 1 }, version: row.version },
            { collection: 'loan', insert: { book, due }, id: loan },
          ]);
          return { loan };
        } catch (error) {
          if (!isBecause(error, 'DATA_ROW_CONFLICT') || attempt === 5) throw error;
        }
      }
    },

    'shelf.list': async (_input, { data }) => {
      const { groups } = await data.table('book').aggregate({ groupBy: ['place'], measures: { copies: { sum: 'copies' } } });
      return { shelves: [...groups] };
    },

    'wish.keep': async ({ book, why }, { data }) => ({ id: (await data.table('wish').insert({ book, why })).id }),

    'wish.list': async (_input, { data }) => {
      const { rows } = await data.table('wish').find();
      return { wishes: rows.map(({ why }) => why ?? '') };
    },
  },

  onUpgrade: async (_from, { data }) => {
    const books = data.table('book');
    for (let after: string | null = null; ;) {
      const { rows, next } = await books.find({ where: { field: 'short', isNull: true }, after });
      for (const { id, title, version } of rows) {
        try {
          await books.update(id, { short: shortOf(title) }, { version });
        } catch (error) {
          // Version 1 serves on: it has changed the row, or taken it away.
          if (!isBecause(error, 'DATA_ROW_CONFLICT') && !isBecause(error, 'DATA_ROW_MISSING')) throw error;
        }
      }
      if (next === null) return;
      after = next;
    }
  },
});

function shortOf(title: string): string {
  return title.slice(0, 30);
}

function isBecause(error: unknown, reason: string): boolean {
  return error instanceof KariError && error.reason === reason;
}
