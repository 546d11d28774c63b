// Fills a value with the defaults of its schema: what a tenant gets before it has configured anything. Pure; the value is not changed.
import type { JsonSchema } from '@kari/protocol/manifest';
import { forbiddenNames } from './schema-keywords.js';

/** Defaults of `properties`, at any depth, also through `$ref` to `$defs` and `allOf`. A value that is there always wins. */
export function withDefaults(schema: JsonSchema, value: unknown): unknown {
  const definitions = typeof schema === 'object' ? (schema['$defs'] as Record<string, JsonSchema> | undefined) : undefined;
  return fill(schema, value, definitions ?? {}, 0);
}

function fill(schema: JsonSchema | undefined, value: unknown, definitions: Readonly<Record<string, JsonSchema>>, depth: number): unknown {
  if (typeof schema !== 'object' || depth > 32) return value;
  const reference = schema['$ref'];
  const parts = [typeof reference === 'string' ? definitions[reference.slice('#/$defs/'.length)] : undefined, ...list(schema['allOf'])];
  let filled = parts.reduce((current: unknown, part) => fill(part, current, definitions, depth + 1), value);
  if (filled === undefined && schema['default'] !== undefined) filled = structuredClone(schema['default']);
  const properties = schema['properties'] as Readonly<Record<string, JsonSchema>> | undefined;
  if (properties === undefined) return filled;
  if (filled !== undefined && (typeof filled !== 'object' || filled === null || Array.isArray(filled))) return filled;
  const complete: Record<string, unknown> = { ...(filled as Record<string, unknown> | undefined) };
  for (const [name, part] of Object.entries(properties)) {
    if (forbiddenNames.has(name)) continue;
    const inner = fill(part, complete[name], definitions, depth + 1);
    if (inner !== undefined) complete[name] = inner;
  }
  // An object that got no default stays absent: `required` then says so.
  return filled === undefined && Object.keys(complete).length === 0 ? undefined : complete;
}

function list(value: unknown): readonly JsonSchema[] {
  return Array.isArray(value) ? (value as JsonSchema[]) : [];
}
