// A schema of a manifest inside another document: its own definitions move to that document's components, and references follow them.
import type { JsonSchema } from '@kari/protocol/manifest';

export interface MovedSchema {
  readonly schema: JsonSchema;
  /** Component → its schema. */
  readonly components: Readonly<Record<string, JsonSchema>>;
}

/** `prefix` makes the names of the components unique: `acme.notes-list-response`. */
export function moved(schema: JsonSchema, prefix: string): MovedSchema {
  if (typeof schema !== 'object') return { schema, components: {} };
  const { $defs = {}, ...own } = schema as { readonly $defs?: Readonly<Record<string, JsonSchema>> };
  const names = new Map(Object.keys($defs).map((name, index) => [name, `${prefix}-${nameable(name, index)}`]));
  const components = Object.entries($defs).map(([name, part]) => [names.get(name)!, rewritten(part, names) as JsonSchema]);
  return { schema: rewritten(own, names) as JsonSchema, components: Object.fromEntries(components) };
}

/** Values that are data, whatever they look like. */
const DATA: ReadonlySet<string> = new Set(['const', 'default', 'enum', 'examples']);
/** Members of these are named by the author: a property may be called `const`. */
const NAMED: ReadonlySet<string> = new Set(['properties', 'patternProperties', 'dependentSchemas']);

function rewritten(node: unknown, names: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(node)) return node.map((item) => rewritten(item, names));
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => {
      if (DATA.has(key)) return [key, value];
      if (key === '$ref' && typeof value === 'string') return [key, reference(value, names)];
      if (!NAMED.has(key) || typeof value !== 'object' || value === null) return [key, rewritten(value, names)];
      return [key, Object.fromEntries(Object.entries(value).map(([name, part]) => [name, rewritten(part, names)]))];
    }),
  );
}

function reference(value: string, names: ReadonlyMap<string, string>): string {
  const name = names.get(value.slice('#/$defs/'.length));
  return name === undefined ? value : `#/components/schemas/${name}`;
}

function nameable(name: string, index: number): string {
  return /^[a-zA-Z0-9_-]{1,60}$/.test(name) ? name : `part${index + 1}`;
}
