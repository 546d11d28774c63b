// A first golden body for a new event, made from its schema: small, valid, and always the same. People may replace it by a telling one.
import fc from 'fast-check';
import { z, type ZodType } from 'zod';

interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly prefixItems?: readonly JsonSchema[];
  readonly minItems?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly minLength?: number;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly default?: unknown;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly propertyNames?: JsonSchema;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
}

const FORMATS: Readonly<Record<string, string>> = {
  uuid: '0197a3c0-1111-7000-8000-000000000001',
  'date-time': '2026-01-01T00:00:00.000Z',
  date: '2026-01-01',
  email: 'ada@example.org',
  uri: 'https://example.org/',
};

export function sampleOf(schema: ZodType): unknown {
  const root = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  return sample(root, root, 0);
}

function sample(schema: JsonSchema, root: JsonSchema, depth: number): unknown {
  if (schema.$ref !== undefined) return sample(referred(schema.$ref, root), root, depth);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  const choice = schema.anyOf ?? schema.oneOf;
  // Where something may be null the other branch says more, until it goes round in circles.
  if (choice !== undefined) return sample((depth > 6 ? choice.at(-1) : choice[0]) ?? {}, root, depth + 1);
  if (schema.allOf !== undefined) return Object.assign({}, ...schema.allOf.map((part) => sample(part, root, depth)));
  // Of several types the one that says most, and null last.
  const type = typeof schema.type === 'object' ? schema.type.find((one) => one !== 'null') : schema.type;
  switch (type) {
    case 'object':
      return sampleObject(schema, root, depth);
    case 'array':
      if (schema.prefixItems !== undefined) return schema.prefixItems.map((part) => sample(part, root, depth + 1));
      return depth > 6 ? [] : Array.from({ length: Math.max(1, schema.minItems ?? 1) }, () => sample(schema.items ?? {}, root, depth + 1));
    case 'string':
      return sampleText(schema);
    case 'integer':
    case 'number': {
      const least = schema.minimum ?? (schema.exclusiveMinimum ?? 0) + 1;
      return least < -1_000_000_000 ? 1 : least;
    }
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return { any: 'thing' };
  }
}

function sampleObject(schema: JsonSchema, root: JsonSchema, depth: number): unknown {
  const members = Object.entries(schema.properties ?? {}).filter(([name]) => depth < 6 || (schema.required ?? []).includes(name));
  if (members.length > 0) return Object.fromEntries(members.map(([name, member]) => [name, sample(member, root, depth + 1)]));
  if (typeof schema.additionalProperties !== 'object' || depth > 6) return {};
  const name = schema.propertyNames === undefined ? 'key' : String(sample({ type: 'string', ...schema.propertyNames }, root, depth));
  return { [name]: sample(schema.additionalProperties, root, depth + 1) };
}

function sampleText({ format, pattern, minLength }: JsonSchema): string {
  const known = FORMATS[format ?? ''];
  if (known !== undefined) return known;
  if (pattern !== undefined) return fc.sample(fc.stringMatching(new RegExp(pattern)), { numRuns: 1, seed: 1 })[0] ?? '';
  return 'text'.padEnd(minLength ?? 0, 'x');
}

function referred(reference: string, root: JsonSchema): JsonSchema {
  return reference === '#' ? root : (root.$defs?.[reference.replace('#/$defs/', '')] ?? {});
}
