// How values become a configuration: layers, defaults, and the fields that name a secret. Pure; the schema check itself is the package's.
import { canonicalJson } from '@kari/kernel';
import type { JsonSchema } from '@kari/protocol/manifest';

export const LARGEST_CONFIGURATION = 64 * 1024;
const SECRET_FORMAT = 'secret-handle';

export type Values = Readonly<Record<string, unknown>>;

/** The tenant's own values over the global ones, whole values at a time: objects are replaced, never merged. */
export function layered(globalValues: Values | null, tenantValues: Values | null): Values {
  return { ...globalValues, ...tenantValues };
}

export interface ConfigurationDifference {
  readonly name: string;
  readonly kind: 'ADDED' | 'REMOVED' | 'CHANGED';
  readonly before: unknown;
  readonly after: unknown;
}

/** Whole values at a time, as they are layered; by name. */
export function differencesBetween(before: Values | null, after: Values | null): readonly ConfigurationDifference[] {
  const [was, is] = [before ?? {}, after ?? {}];
  return [...new Set([...Object.keys(was), ...Object.keys(is)])].sort().flatMap((name): readonly ConfigurationDifference[] => {
    if (!Object.hasOwn(was, name)) return [{ name, kind: 'ADDED', before: null, after: is[name] }];
    if (!Object.hasOwn(is, name)) return [{ name, kind: 'REMOVED', before: was[name], after: null }];
    return canonicalJson(was[name]) === canonicalJson(is[name]) ? [] : [{ name, kind: 'CHANGED', before: was[name], after: is[name] }];
  });
}

/** The same schema without the demand that everything is there: global values need not be complete. */
export function partial(schema: JsonSchema): JsonSchema {
  if (typeof schema === 'boolean') return schema;
  const { required: _required, dependentRequired: _dependent, minProperties: _least, ...rest } = schema;
  return rest;
}

export interface SecretField {
  readonly pointer: string;
  readonly value: string;
}

/** Every string of the value that its schema marks as the name of a secret. */
export function secretFields(schema: JsonSchema | undefined, value: unknown): readonly SecretField[] {
  const found: SecretField[] = [];
  replaceSecrets(schema, value, (name, pointer) => {
    found.push({ pointer, value: name });
    return name;
  });
  return found;
}

/** A copy of the value with each secret field replaced; also behind `$ref`, `allOf`, `anyOf`, `oneOf`, conditions and in lists. */
export function replaceSecrets(
  schema: JsonSchema | undefined,
  value: unknown,
  replace: (name: string, pointer: string) => string,
): unknown {
  const definitions = typeof schema === 'object' ? ((schema['$defs'] as Record<string, JsonSchema> | undefined) ?? {}) : {};
  const walk = (schemas: readonly (JsonSchema | undefined)[], current: unknown, pointer: string, depth: number): unknown => {
    const parts = schemas.flatMap((one) => spread(one, definitions, 0));
    if (depth > 32 || parts.length === 0) return current;
    if (typeof current === 'string') return parts.some((part) => part['format'] === SECRET_FORMAT) ? replace(current, pointer) : current;
    if (Array.isArray(current)) {
      return current.map((item: unknown, index) =>
        walk(
          parts.map((part) => (part['prefixItems'] as JsonSchema[] | undefined)?.[index] ?? (part['items'] as JsonSchema | undefined)),
          item,
          `${pointer}/${index}`,
          depth + 1,
        ),
      );
    }
    if (typeof current !== 'object' || current === null) return current;
    return Object.fromEntries(
      Object.entries(current).map(([key, child]) => [
        key,
        walk(
          parts.flatMap((part) => schemasOf(part, key)),
          child,
          `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`,
          depth + 1,
        ),
      ]),
    );
  };
  return walk([schema], value, '', 0);
}

type SchemaObject = Readonly<Record<string, unknown>>;

const BRANCHES = ['allOf', 'anyOf', 'oneOf'] as const;
const CONDITIONS = ['if', 'then', 'else'] as const;

/** A name that only patterns may match gets all of them: better a field refused than a secret stored in plain. */
function schemasOf(part: SchemaObject, key: string): readonly (JsonSchema | undefined)[] {
  const properties = part['properties'] as Record<string, JsonSchema> | undefined;
  if (properties !== undefined && Object.hasOwn(properties, key)) return [properties[key]];
  const patterns = part['patternProperties'] as Record<string, JsonSchema> | undefined;
  return [...Object.values(patterns ?? {}), part['additionalProperties'] as JsonSchema | undefined];
}

/** The schema and every schema that speaks about the same value. */
function spread(schema: JsonSchema | undefined, definitions: Readonly<Record<string, JsonSchema>>, depth: number): readonly SchemaObject[] {
  if (typeof schema !== 'object' || schema === null || depth > 32) return [];
  const reference = schema['$ref'];
  const others = [
    typeof reference === 'string' ? definitions[reference.replace(/^#\/\$defs\//, '')] : undefined,
    ...BRANCHES.flatMap((branch) => (schema[branch] as JsonSchema[] | undefined) ?? []),
    ...CONDITIONS.map((condition) => schema[condition] as JsonSchema | undefined),
  ];
  return [schema, ...others.flatMap((other) => spread(other, definitions, depth + 1))];
}
