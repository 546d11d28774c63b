// Compiles a schema that is shipped with the platform: ours, or a standard's. Identifiers and recursion are allowed; patterns still run in
// linear time.
import type { ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import { linearPattern, type LinearPattern } from './linear-pattern.js';
import { validationEngine } from './validation-engine.js';

/** One verdict of a schema, in parts, for whoever words it. */
export interface SchemaFault {
  /** JSON Pointer into the value. */
  readonly pointer: string;
  readonly keyword: string;
  readonly message: string;
  /** Of the schema that said it; empty when it has none. */
  readonly description: string;
  /** The member that is missing or unknown, for `required`, `additionalProperties` and `unevaluatedProperties`. */
  readonly member: string | null;
  /** For `enum` and `const`. */
  readonly allowed: readonly unknown[] | null;
  /** Members that the schema knows, where the fault is an unknown one. */
  readonly known: readonly string[];
}

export interface OwnSchema {
  /** Checks a value against a part of the schema, such as `#/$defs/task`; `#` is all of it. Empty when it is valid. */
  check(part: string, value: unknown): readonly SchemaFault[];
}

/** Throws when the schema has a pattern that cannot run in linear time and has no stand-in. */
export function ownSchema(
  schema: { readonly $id: string } & Readonly<Record<string, unknown>>,
  standIns: Readonly<Record<string, (text: string) => boolean>> = {},
): OwnSchema {
  const pattern = (source: string): LinearPattern => {
    const standIn = Object.hasOwn(standIns, source) ? standIns[source] : undefined;
    if (standIn !== undefined) return { test: standIn, size: 1, toString: () => `/${source}/u` };
    const outcome = linearPattern(source);
    if ('problem' in outcome) throw new Error(`${source}: ${outcome.problem}`);
    return outcome.pattern;
  };
  const engine = validationEngine({ allErrors: true, verbose: true, pattern });
  engine.addSchema(schema);
  const parts = new Map<string, ValidateFunction>();
  return {
    check(part, value) {
      const validate = parts.get(part) ?? engine.compile({ $ref: `${schema.$id}${part}` });
      parts.set(part, validate);
      return validate(value) ? [] : (validate.errors ?? []).map(faultOf);
    },
  };
}

function faultOf(error: ErrorObject): SchemaFault {
  const { instancePath, keyword, message, params, parentSchema } = error as ErrorObject & { params: Record<string, unknown> };
  const parent = (parentSchema ?? {}) as { description?: string; properties?: object };
  const member = params['missingProperty'] ?? params['additionalProperty'] ?? params['unevaluatedProperty'];
  return {
    pointer: instancePath,
    keyword,
    message: message ?? keyword,
    description: parent.description ?? '',
    member: typeof member === 'string' ? member : null,
    allowed: Array.isArray(params['allowedValues']) ? params['allowedValues'] : null,
    known: Object.keys(parent.properties ?? {}),
  };
}
