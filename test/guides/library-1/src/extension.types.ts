// Made from extension.json by "npm run codegen": change it there.
import type { ExtensionTypes } from '@kari/sdk';

export interface LibraryTypes extends ExtensionTypes {
  config: Readonly<Record<string, never>>;
  plugins: {
    /** Takes a book into the library. */
    'book.add': {
      input: {
        readonly title: string;
        readonly shelf?: string;
        readonly copies?: number;
        readonly isbn?: string;
      };
      output: {
        readonly id: string;
      };
      errors: 'BOOK_KNOWN';
    };
    /** Books whose title holds a word, and of which a copy is there. */
    'book.search': {
      input: {
        readonly word: string;
        readonly after?: string | null;
      };
      output: {
        readonly books: ReadonlyArray<{
          readonly id: string;
          readonly title: string;
          readonly copies: number;
        }>;
        readonly next: string | null;
      };
      errors: never;
    };
    /** Lends a copy. */
    'book.lend': {
      input: {
        readonly book: string;
        readonly due: string;
      };
      output: {
        readonly loan: string;
      };
      errors: 'BOOK_NOT_THERE';
    };
    /** How many copies stand on each shelf. */
    'shelf.list': {
      input: Readonly<Record<string, never>>;
      output: {
        readonly shelves: ReadonlyArray<Readonly<Record<string, unknown>>>;
      };
      errors: never;
    };
    /** Puts a book on the reader's own list. */
    'wish.keep': {
      input: {
        readonly book: string;
        readonly why: string;
      };
      output: {
        readonly id: string;
      };
      errors: never;
    };
    /** The reader's own list. */
    'wish.list': {
      input: Readonly<Record<string, never>>;
      output: {
        readonly wishes: ReadonlyArray<string>;
      };
      errors: never;
    };
  };
  routes: Record<never, never>;
  publishes: Record<never, never>;
  subscribes: never;
  tasks: Record<never, never>;
  uses: never;
  secrets: never;
  collections: {
    /** A book that the library owns. */
    book: {
      title: string;
      isbn: string | null;
      shelf: string | null;
      copies: number;
    };
    /** A copy that is out. */
    loan: {
      book: string;
      due: string;
    };
    /** A book that a reader has put aside. */
    wish: {
      book: string;
      why: string | null;
    };
  };
  metrics: never;
}
