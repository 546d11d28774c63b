// A library: its books, who has them, and what each reader has put aside.
import { extension, KariError, PluginError } from '@kari/sdk';
import type { LibraryTypes } from './extension.types.js';

export const start = extension<LibraryTypes>({
  plugins: {
    'book.add': async (book, { data }) => {
      try {
        const { id } = await data.table('book').insert(book);
        return { id };
      } catch (error) {
        if (isBecause(error, 'DATA_NOT_UNIQUE')) throw new PluginError('BOOK_KNOWN', 'That ISBN is there already.');
        throw error;
      }
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
      return { books: rows.map(({ id, title, copies }) => ({ id, title, copies })), next };
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
      const { groups } = await data.table('book').aggregate({ groupBy: ['shelf'], measures: { copies: { sum: 'copies' } } });
      return { shelves: [...groups] };
    },

    'wish.keep': async ({ book, why }, { data }) => ({ id: (await data.table('wish').insert({ book, why })).id }),

    'wish.list': async (_input, { data }) => {
      const { rows } = await data.table('wish').find();
      return { wishes: rows.map(({ why }) => why ?? '') };
    },
  },
});

function isBecause(error: unknown, reason: string): boolean {
  return error instanceof KariError && error.reason === reason;
}
