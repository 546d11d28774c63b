// Texts of a path, a query or a form as the values that a schema speaks of. What does not read as the declared type stays a text, and the
// schema then refuses it: nothing is guessed.
import type { JsonSchema } from '@kari/protocol/manifest';

type Fields = readonly (readonly [name: string, text: string])[];

/** A name that came more than once is a list; so is one that the schema declares as a list. */
export function typedValues(schema: JsonSchema, fields: Fields): Readonly<Record<string, unknown>> {
  const texts = new Map<string, string[]>();
  for (const [name, text] of fields) texts.set(name, [...(texts.get(name) ?? []), text]);
  const declared = propertiesOf(schema);
  return Object.fromEntries([...texts].map(([name, given]) => [name, valueOf(declared(name), given)]));
}

type Shape = Readonly<Record<string, unknown>> | null;

function propertiesOf(schema: JsonSchema): (name: string) => Resolve {
  if (typeof schema !== 'object') return () => () => null;
  const definitions = (schema['$defs'] ?? {}) as Readonly<Record<string, JsonSchema>>;
  const root = resolved(schema, definitions);
  const properties = (root?.['properties'] ?? {}) as Readonly<Record<string, JsonSchema>>;
  const rest = root?.['additionalProperties'] as JsonSchema | undefined;
  return (name) => (key) => {
    const property = resolved(Object.hasOwn(properties, name) ? properties[name] : rest, definitions);
    return key === 'items' ? resolved(property?.['items'] as JsonSchema | undefined, definitions) : property;
  };
}

type Resolve = (part: 'self' | 'items') => Shape;

/** References of the closed profile never go in a circle. */
function resolved(schema: JsonSchema | undefined, definitions: Readonly<Record<string, JsonSchema>>): Shape {
  if (typeof schema !== 'object') return null;
  const reference = schema['$ref'];
  if (typeof reference !== 'string') return schema;
  const target = resolved(definitions[reference.slice('#/$defs/'.length)], definitions);
  return { ...target, ...schema };
}

function valueOf(shape: Resolve, texts: readonly string[]): unknown {
  const types = typesOf(shape('self'));
  if (types.includes('array')) {
    const items = typesOf(shape('items'));
    return texts.map((text) => scalar(items, text));
  }
  const [only = ''] = texts;
  return texts.length > 1 ? [...texts] : scalar(types, only);
}

function typesOf(shape: Shape): readonly string[] {
  if (shape === null) return [];
  if (shape['type'] !== undefined) return [shape['type']].flat() as unknown as readonly string[];
  const values = 'const' in shape ? [shape['const']] : Array.isArray(shape['enum']) ? (shape['enum'] as readonly unknown[]) : [];
  return [...new Set(values.map((value) => typeof value))];
}

const NUMBER = /^-?(?:0|[1-9]\d{0,19})(?:\.\d{1,20})?(?:[eE][+-]?\d{1,2})?$/;

/** A text where a text will do: `"7"` is a string first. */
function scalar(types: readonly string[], text: string): unknown {
  if (types.includes('string')) return text;
  if ((types.includes('integer') || types.includes('number')) && NUMBER.test(text)) return Number(text);
  if (types.includes('boolean') && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}
