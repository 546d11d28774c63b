// Counts what this process asks of its database: a figure that does not depend on what else the machine does.
import { Client } from 'pg';

export type Statements = Readonly<Record<string, number>>;

const counts = new Map<string, number>();

/** From here on, by the name of the statement or the first words of its text. */
export function countStatements(): void {
  const { prototype } = Client as unknown as { prototype: { query: (...given: unknown[]) => unknown } };
  const { query } = prototype;
  prototype.query = function (this: unknown, ...given: unknown[]) {
    const name = nameOf(given[0]);
    counts.set(name, (counts.get(name) ?? 0) + 1);
    return query.apply(this, given);
  };
}

export function statements(): Statements {
  return Object.fromEntries(counts);
}

export function since(before: Statements): Statements {
  return Object.fromEntries([...counts].map(([name, count]) => [name, count - (before[name] ?? 0)]).filter(([, count]) => count !== 0));
}

function nameOf(given: unknown): string {
  const { name, text } = typeof given === 'string' ? { name: undefined, text: given } : (given as { name?: string; text?: string });
  return name ?? (text ?? '').trim().replaceAll(/\s+/g, ' ').slice(0, 60);
}
