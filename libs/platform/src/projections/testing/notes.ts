// A small view for the specs of this folder: how many notes a tenant's book holds, and what its last one said.
import { streamId, type NewEvent, type Projection, type RecordedEvent } from '@kari/kernel';
import { systemIds } from '../../time/index.js';

export const A = '00000000-0000-7000-8000-00000000000a';
export const B = '00000000-0000-7000-8000-00000000000b';

export interface BookRow extends Record<string, unknown> {
  readonly tenant: string;
  readonly book: string;
  readonly notes: number;
  readonly total: string;
  readonly last: string | null;
  readonly tags: Readonly<Record<string, number>>;
  readonly changed: string;
}

export function bookProjection(changes: Partial<Projection<BookRow>> = {}): Projection<BookRow> {
  return {
    name: 'notes.book',
    version: 1,
    table: {
      name: 'notes.book',
      columns: { tenant: 'uuid', book: 'text', notes: 'integer', total: 'bigint', last: 'text?', tags: 'json', changed: 'timestamp' },
      key: ['tenant', 'book'],
      tenantColumn: 'tenant',
      indexes: [['tenant', 'changed']],
    },
    handles: ['NoteAdded', 'BookBurned', 'Poison'],
    keyOf: (event) => (event.type === 'BookBurned' && bookOf(event) === '' ? null : [event.meta.tenant, bookOf(event)]),
    evolve: (row, event) => {
      if (event.type === 'BookBurned') return null;
      if (event.type === 'Poison') throw new Error('indigestible');
      const { book, text, tag, amount } = event.data as { book: string; text: string; tag: string; amount: number };
      return {
        tenant: event.meta.tenant,
        book,
        notes: (row?.notes ?? 0) + 1,
        total: (BigInt(row?.total ?? 0) + BigInt(amount)).toString(),
        last: text,
        tags: { ...row?.tags, [tag]: (row?.tags[tag] ?? 0) + 1 },
        changed: event.meta.occurredAt,
      };
    },
    ...changes,
  };
}

export function note(book: string, number: number, tenant = A): NewEvent {
  return fact('NoteAdded', { book, text: `note ${number}`, tag: `tag${number % 7}`, amount: number }, tenant);
}

export function fact(type: string, data: unknown, tenant = A): NewEvent {
  return {
    id: systemIds.next(),
    type,
    version: 1,
    data,
    meta: {
      tenant,
      actor: 'someone',
      actorKind: 'user',
      commandId: systemIds.next(),
      commandType: 'Write',
      correlationId: systemIds.next(),
      occurredAt: '2026-01-01T00:00:00.000Z',
    },
  };
}

export function bookStream(book: string, tenant = A) {
  return streamId('notes.book', tenant, book === '' ? 'none' : book);
}

function bookOf(event: RecordedEvent): string {
  return (event.data as { book: string }).book;
}
