// A JSON Schema of the closed profile as a TypeScript type. What a type cannot say (patterns, bounds, conditions) is left to the validator.
import type { JsonSchema } from '@kari/protocol/manifest';

/** The type as one expression. References are written out: the closed profile has no circles. */
export function typeOf(schema: JsonSchema): string {
  const definitions = typeof schema === 'object' ? (schema['$defs'] as Readonly<Record<string, JsonSchema>> | undefined) : undefined;
  return written(schema, definitions ?? {});
}

type Definitions = Readonly<Record<string, JsonSchema>>;

function written(schema: JsonSchema | undefined, definitions: Definitions): string {
  if (schema === undefined || schema === true) return 'unknown';
  if (schema === false) return 'never';
  const parts = [own(schema, definitions)];
  if (typeof schema['$ref'] === 'string') parts.push(written(definitions[schema['$ref'].slice('#/$defs/'.length)], definitions));
  for (const part of list(schema['allOf'])) parts.push(written(part, definitions));
  for (const keyword of ['anyOf', 'oneOf'] as const) {
    const branches = list(schema[keyword]).map((branch) => written(branch, definitions));
    if (branches.length > 0) parts.push(union(branches));
  }
  const telling = [...new Set(parts.filter((part) => part !== 'unknown'))];
  if (telling.length === 0) return 'unknown';
  return telling.length === 1 ? telling[0]! : telling.map((part) => (part.includes('|') ? `(${part})` : part)).join(' & ');
}

function own(schema: Readonly<Record<string, unknown>>, definitions: Definitions): string {
  if ('const' in schema) return literal(schema['const']);
  if (Array.isArray(schema['enum'])) return union(schema['enum'].map(literal));
  const types = schema['type'] === undefined ? implied(schema) : ([schema['type']].flat() as unknown as readonly string[]);
  return union(types.map((type) => ofType(type, schema, definitions)));
}

/** `properties` without a `type` speaks of objects alone, but an author who writes it means an object. */
function implied(schema: Readonly<Record<string, unknown>>): readonly string[] {
  if ('properties' in schema || 'additionalProperties' in schema) return ['object'];
  return 'items' in schema || 'prefixItems' in schema ? ['array'] : ['any'];
}

function ofType(type: string, schema: Readonly<Record<string, unknown>>, definitions: Definitions): string {
  switch (type) {
    case 'object':
      return objectType(schema, definitions);
    case 'array':
      return arrayType(schema, definitions);
    case 'integer':
      return 'number';
    case 'any':
      return 'unknown';
    default:
      return type;
  }
}

function objectType(schema: Readonly<Record<string, unknown>>, definitions: Definitions): string {
  const extra = schema['additionalProperties'] as JsonSchema | undefined;
  const properties = Object.entries((schema['properties'] ?? {}) as Record<string, JsonSchema>);
  if (properties.length === 0)
    return extra === false ? 'Readonly<Record<string, never>>' : `Readonly<Record<string, ${written(extra, definitions)}>>`;
  const required = new Set((schema['required'] ?? []) as readonly string[]);
  const members = properties.map(([name, property]) => {
    const comment = typeof property === 'object' ? remark(property) : '';
    return `${comment}readonly ${key(name)}${required.has(name) ? '' : '?'}: ${written(property, definitions)};`;
  });
  const object = `{\n${members.join('\n')}\n}`;
  return typeof extra === 'object' ? `${object} & Readonly<Record<string, ${written(extra, definitions)}>>` : object;
}

function arrayType(schema: Readonly<Record<string, unknown>>, definitions: Definitions): string {
  const rest = schema['items'] as JsonSchema | undefined;
  const first = list(schema['prefixItems']).map((item) => written(item, definitions));
  if (first.length === 0) return `ReadonlyArray<${written(rest, definitions)}>`;
  const least = typeof schema['minItems'] === 'number' ? schema['minItems'] : 0;
  const items = first.map((item, index) => (index < least ? item : `(${item})?`));
  return `readonly [${[...items, ...(rest === false ? [] : [`...${written(rest, definitions)}[]`])].join(', ')}]`;
}

/** A comment made of the author's words: they must not end it. */
export function remark(schema: Readonly<Record<string, unknown>>): string {
  const words = typeof schema['description'] === 'string' ? schema['description'].replace(/\s+/g, ' ').trim() : '';
  const usual = schema['default'] === undefined ? '' : `Default: ${JSON.stringify(schema['default'])}.`;
  const text = [words, usual]
    .filter((part) => part !== '')
    .join(' ')
    .replaceAll('*/', '*\\/');
  return text === '' ? '' : `/** ${text} */\n`;
}

export function key(name: string): string {
  return /^[A-Za-z_$][A-Za-z0-9_$]*$/.test(name) ? name : literal(name);
}

export function literal(value: unknown): string {
  if (typeof value === 'object' && value !== null) {
    return Array.isArray(value)
      ? `readonly [${value.map(literal).join(', ')}]`
      : `{ ${Object.entries(value)
          .map(([name, item]) => `readonly ${key(name)}: ${literal(item)}`)
          .join('; ')} }`;
  }
  // Single quotes as the house writes them; JSON escapes are valid in both.
  return typeof value === 'string'
    ? `'${JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
    : JSON.stringify(value);
}

export function union(types: readonly string[]): string {
  const different = [...new Set(types)];
  if (different.includes('unknown')) return 'unknown';
  return different.length === 0 ? 'never' : different.join(' | ');
}

function list(value: unknown): readonly JsonSchema[] {
  return Array.isArray(value) ? (value as JsonSchema[]) : [];
}
