// What PostgreSQL says, as a refusal that an author can act on. The name of a rule tells the fields: it was made of their columns.
import { rejected, Rejection } from '@kari/kernel';
import type { CollectionLayout } from '@kari/package/rules';

interface Concerned {
  readonly name: string;
  readonly collection: CollectionLayout;
}

/** `table`: where it was written; null for reads. Anything else rises as it is. */
export function refusalOf(error: unknown, table: Concerned | null, deleting: boolean): unknown {
  if (error instanceof Rejection) return error;
  const { code, constraint } = error as { code?: string; constraint?: string };
  switch (code) {
    case '57014':
      return rejected('DATA_QUERY_DEADLINE', {});
    // The table or a column went while it was asked for: the tables are being brought to another version.
    case '42P01':
    case '42703':
    case '55P03':
      return rejected('DATA_TABLES_BUSY', { extension: 'the extension' });
    case '22003':
    case '22008':
    case '54000':
      return rejected('DATA_QUERY_INVALID', { pointer: '', reason: 'a value lies outside what the database holds' });
    case '23505':
      return table === null
        ? error
        : rejected('DATA_NOT_UNIQUE', { collection: table.name, fields: fieldsOf(table.collection, constraint ?? '') });
    case '23503':
      if (table === null) return error;
      if (deleting) return rejected('DATA_STILL_REFERENCED', { collection: table.name });
      return rejected('DATA_REFERENCE_MISSING', {
        collection: table.name,
        field: fieldsOf(table.collection, constraint ?? '')[0] ?? 'a field',
      });
    default:
      return error;
  }
}

function fieldsOf({ fields }: CollectionLayout, constraint: string): readonly string[] {
  const columns = constraint.split('_').filter((part) => part.startsWith('c'));
  const named = columns.flatMap((column) => Object.entries(fields).flatMap(([name, field]) => (field.column === column ? [name] : [])));
  return named.length === 0 ? (constraint.endsWith('_pkey') ? ['id'] : ['a field of another version']) : named;
}
