// The one way this lib makes a JSON Schema engine: linear patterns, our own formats, and equality of its own. The engine's stock equality
// asks values for `valueOf` and `toString`, where a stranger may have put anything, and compares each pair of a list.
import { _, Ajv2020 } from 'ajv/dist/2020.js';
import { formats } from './formats.js';
import type { LinearPattern } from './linear-pattern.js';

export interface EngineOptions {
  /** Every problem instead of the first. */
  readonly allErrors: boolean;
  /** Schemas and values beside each problem: only for schemas of our own. */
  readonly verbose?: boolean;
  /** The compiled form of a pattern; throws for one that was not judged before. */
  readonly pattern: (source: string) => LinearPattern;
}

export function validationEngine({ allErrors, verbose = false, pattern }: EngineOptions): Ajv2020 {
  const engine = new Ajv2020({
    allErrors,
    verbose,
    strict: false,
    meta: false,
    validateSchema: false,
    addUsedSchema: false,
    inlineRefs: false,
    logger: false,
    // A value's prototype is nobody's input.
    ownProperties: true,
    formats: { ...formats },
    // No optimize: it costs more compiling than it saves.
    code: { regExp: Object.assign((source: string) => pattern(source), { code: 'linearPattern' }), optimize: false },
  });
  for (const keyword of ['enum', 'const', 'uniqueItems']) engine.removeKeyword(keyword);
  engine.addKeyword({
    keyword: 'enum',
    schemaType: 'array',
    compile: (allowed: readonly unknown[]) => isOneOf(allowed),
    error: { message: 'must be equal to one of the allowed values', params: ({ schemaCode }) => _`{allowedValues: ${schemaCode}}` },
  });
  engine.addKeyword({
    keyword: 'const',
    compile: (only: unknown) => isOneOf([only]),
    error: { message: 'must be equal to constant', params: ({ schemaCode }) => _`{allowedValues: [${schemaCode}]}` },
  });
  engine.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    compile: (asked: boolean) => (items: readonly unknown[]) => !asked || new Set(items.map(inOrder)).size === items.length,
    error: { message: 'must not hold the same item twice' },
  });
  return engine;
}

function isOneOf(allowed: readonly unknown[]): (value: unknown) => boolean {
  const texts = new Set(allowed.map(inOrder));
  return (value) => texts.has(inOrder(value));
}

/** JSON with the keys of objects in order: equal texts mean equal values. Its depth is bounded by whoever asked for the check. */
export function inOrder(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inOrder).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.keys(value).sort();
  return `{${members.map((key) => `${JSON.stringify(key)}:${inOrder((value as Record<string, unknown>)[key])}`).join(',')}}`;
}
