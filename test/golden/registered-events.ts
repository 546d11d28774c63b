// Every event definition and upcaster of the sources, found by the suffix that the house gives them: a new event cannot be forgotten.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { EventDefinition, Upcaster } from '@kari/kernel';

export const root = join(import.meta.dirname, '../..');

export async function registeredEvents(): Promise<{ definitions: readonly EventDefinition[]; upcasters: readonly Upcaster[] }> {
  const files = readdirSync(join(root, 'libs'), { recursive: true, encoding: 'utf8' }).filter((file) =>
    /(^|\/)src\/.*\.events\.ts$/.test(file),
  );
  const found: unknown[] = [];
  for (const file of files.sort()) {
    const exported = (await import(pathToFileURL(join(root, 'libs', file)).href)) as Record<string, unknown>;
    for (const value of Object.values(exported)) found.push(...(Array.isArray(value) ? (value as unknown[]) : [value]));
  }
  return { definitions: unique(found.filter(isDefinition)), upcasters: unique(found.filter(isUpcaster)) };
}

function isDefinition(value: unknown): value is EventDefinition {
  const { type, version, schema } = (value ?? {}) as Partial<EventDefinition>;
  return typeof type === 'string' && typeof version === 'number' && typeof schema?.safeParse === 'function';
}

function isUpcaster(value: unknown): value is Upcaster {
  const { type, from, upcast } = (value ?? {}) as Partial<Upcaster>;
  return typeof type === 'string' && typeof from === 'number' && typeof upcast === 'function';
}

/** The same object may be exported alone and in a list. */
function unique<T>(list: readonly T[]): readonly T[] {
  return [...new Set(list)];
}
