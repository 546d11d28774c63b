// The columns of a projection's table, taken apart from their short form (`text?`).
import type { ColumnKind, ProjectionTable } from '@kari/kernel';

export interface Column {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly nullable: boolean;
}

export function columnsOf(table: ProjectionTable): readonly Column[] {
  return Object.entries(table.columns).map(([name, form]) => {
    const nullable = form.endsWith('?');
    return { name, kind: (nullable ? form.slice(0, -1) : form) as ColumnKind, nullable };
  });
}
