// Which events are an operation of somebody, and what it was about.

/** Categories whose events are nobody's operations: readings that the platform takes of itself, some a minute. Everything else is audited. */
const UNAUDITED: readonly string[] = ['metrics.usage'];

export function isOperation(category: string): boolean {
  return !UNAUDITED.includes(category);
}

/** Aggregates that hold many of a thing name the one concerned in the body. */
const COLLECTIONS: Readonly<Record<string, { readonly thing: string; readonly field: string }>> = {
  'tenancy.membership': { thing: 'member', field: 'member' },
};

/** `<thing>:<id>`. */
export function subjectOfEvent(category: string, id: string, data: unknown): string {
  const collection = COLLECTIONS[category];
  const member = collection === undefined ? undefined : (data as Readonly<Record<string, unknown>> | null)?.[collection.field];
  if (collection !== undefined && typeof member === 'string') return `${collection.thing}:${member}`;
  return `${category.slice(category.indexOf('.') + 1)}:${id}`;
}
