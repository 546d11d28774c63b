// A guestbook behind an HTTP API.
import { extension, reply, RouteError } from '@kari/sdk';
import type { GuestbookTypes } from './extension.types.js';

const PREFIX = 'entry:';

export const start = extension<GuestbookTypes>({
  routes: {
    list: async ({ query: { limit = 20, after } }, { kv }) => {
      const page = await kv.list({ prefix: PREFIX, limit, ...(after === undefined ? {} : { after }) });
      const entries = await Promise.all(page.entries.map(async ({ key }) => entryAt(key, await kv.get<string>(key))));
      return { entries, next: page.next };
    },

    read: async ({ params: { id } }, { kv }) => {
      const found = await kv.get<string>(PREFIX + id);
      if (found === null) throw new RouteError(404, 'ENTRY_MISSING', 'There is no such entry.');
      return entryAt(PREFIX + id, found);
    },

    // The key of the call is the same when a caller sends it again: signing twice by mistake leaves one entry.
    sign: async ({ body: { text } }, { kv, idempotencyKey, log }) => {
      await kv.set(PREFIX + idempotencyKey, text);
      log.info('signed', { length: text.length });
      return reply({ id: idempotencyKey }, { status: 201, headers: { location: `/ext/kari.guestbook/entries/${idempotencyKey}` } });
    },

    export: async (_request, { kv }) => {
      const { entries } = await kv.list({ prefix: PREFIX, limit: 100 });
      const lines = await Promise.all(entries.map(async ({ key }) => csvOf(entryAt(key, await kv.get<string>(key)))));
      return reply(['id,text', ...lines, ''].join('\r\n'), {
        headers: { 'content-disposition': 'attachment; filename="guestbook.csv"' },
      });
    },

    open: () => ({ open: true }),
  },
});

function entryAt(key: string, found: { readonly value: string } | null): { id: string; text: string } {
  return { id: key.slice(PREFIX.length), text: found?.value ?? '' };
}

/** A text that a spreadsheet would run as a formula begins with a quote instead. */
function csvOf({ id, text }: { id: string; text: string }): string {
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return `${id},"${harmless.replaceAll('"', '""')}"`;
}
