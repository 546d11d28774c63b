// Turns a stranger's JSON Schema into a check that cannot stall the process: closed profile, linear patterns, compiled under a time limit,
// large checks under another, cached by hash.
import { createHash } from 'node:crypto';
import { createContext, Script } from 'node:vm';
import type { ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import { rejected } from '@kari/kernel';
import type { JsonSchema } from '@kari/protocol/manifest';
import { inspectSchema, type SchemaInspection, type SchemaProblem } from './foreign-schema.rules.js';
import { linearPattern, type LinearPattern } from './linear-pattern.js';
import { schemaLimits } from './schema-keywords.js';
import { inOrder, validationEngine } from './validation-engine.js';
import { sizeOf, unboundedPart, type ValueProblem } from './value-size.rules.js';
import { below } from './pointer.js';

export type { ValueProblem };

export interface Validator {
  /** Hex SHA-256 of the schema with its keys in order: equal schemas share one validator. */
  readonly hash: string;
  /** Empty when the value is valid; at most 20 problems. Never throws, and never takes much longer than a quarter of a second. */
  check(value: unknown): readonly ValueProblem[];
}

/** (weight of the schema) x (size of the value) up to which a check needs no watch: 0.1 s for the worst schema measured. */
const UNWATCHED_WORK = 500_000;
/** Under this much work every problem is collected, above it the first one ends the check. */
const COLLECTED_WORK = 100_000;
const CHECK_MILLISECONDS = 250;
const CACHED = 1_000;

type Compiled = { readonly validator: Validator } | { readonly problems: readonly SchemaProblem[]; readonly slow?: true };
const stopwatch = createContext(Object.create(null) as { work?: () => unknown });
const CALL = new Script('work()');
const cache = new Map<string, Compiled>();

/** Throws `Rejection` PACKAGE_SCHEMA_REFUSED with `problems` when the schema leaves the closed profile or takes too long to compile. */
export function compileForeignSchema(schema: JsonSchema): Validator {
  const compiled = tryForeignSchema(schema);
  if ('validator' in compiled) return compiled.validator;
  const [first] = compiled.problems;
  throw rejected('PACKAGE_SCHEMA_REFUSED', {
    pointer: first?.pointer ?? '',
    reason: first?.reason ?? '',
    fix: first?.fix ?? '',
    problems: compiled.problems,
  });
}

/** The same without throwing: the manifest check wants every problem. */
export function tryForeignSchema(schema: JsonSchema): Compiled {
  const inspection = inspectSchema(schema);
  if (inspection.problems.length > 0)
    return { problems: [...inspection.problems, ...judged(inspection.patterns.slice(0, schemaLimits.patterns)).problems] };
  const hash = hashOf(schema);
  const known = cache.get(hash);
  if (known !== undefined) {
    // Re-inserted: the map's order is the order of last use.
    cache.delete(hash);
    cache.set(hash, known);
    return known;
  }
  const compiled = compile(schema, hash, inspection.weight, inspection.patterns);
  // A timeout says as much about the machine's load as about the schema: it is not remembered.
  if (!('slow' in compiled)) cache.set(hash, compiled);
  if (cache.size > CACHED) cache.delete(cache.keys().next().value as string);
  return compiled;
}

function compile(schema: JsonSchema, hash: string, weight: number, sources: SchemaInspection['patterns']): Compiled {
  const { patterns, problems } = judged(sources);
  if (problems.length > 0) return { problems };
  const heaviest = weight + [...patterns.values()].reduce((sum, { size }) => sum + size, 0);
  const build = (allErrors: boolean) => {
    const fresh = judged(sources).patterns;
    return withinTime(schemaLimits.compileMilliseconds, () => engine(fresh, allErrors).compile(schema));
  };
  try {
    let first: ValidateFunction | null = build(false);
    let all: ValidateFunction | null = null;
    const check = (value: unknown): readonly ValueProblem[] => {
      const size = sizeOf(value);
      if (size === null) return [unboundedPart(value)];
      const work = size * heaviest;
      try {
        const current = (first ??= build(false));
        if (work > UNWATCHED_WORK ? withinTime(CHECK_MILLISECONDS, () => run(current, value)) : run(current, value)) return [];
        if (work > COLLECTED_WORK) return worded(current.errors);
        all ??= build(true);
        run(all, value);
        return worded(all.errors ?? current.errors);
      } catch (error) {
        if (!isTimeout(error)) throw error;
        // Cut off in the middle of its work, an engine may hold half a thought: the next check gets a new one.
        first = null;
        return [{ pointer: '', reason: 'the value is too large for this schema: checking it takes too long' }];
      }
    };
    return { validator: { hash, check } };
  } catch (error) {
    const slow = isTimeout(error);
    const reason = slow
      ? `it takes longer than ${schemaLimits.compileMilliseconds} ms to compile`
      : `it does not compile: ${(error as Error).message}`;
    return { problems: [{ pointer: '', reason, fix: 'Make the schema smaller.' }], ...(slow ? { slow: true } : {}) };
  }
}

function judged(sources: SchemaInspection['patterns']): {
  patterns: ReadonlyMap<string, LinearPattern>;
  problems: readonly SchemaProblem[];
} {
  const patterns = new Map<string, LinearPattern>();
  const problems: SchemaProblem[] = [];
  for (const { pointer, pattern } of sources) {
    const outcome = linearPattern(pattern);
    if ('pattern' in outcome) patterns.set(pattern, outcome.pattern);
    else problems.push({ pointer, reason: outcome.problem, fix: 'Rewrite the pattern, or check the value in code.' });
  }
  return { patterns, problems };
}

function engine(patterns: ReadonlyMap<string, LinearPattern>, allErrors: boolean) {
  return validationEngine({ allErrors, pattern: (source) => patterns.get(source) ?? never(source) });
}

function never(source: string): never {
  throw new Error(`pattern ${source} was not inspected`);
}

/** V8 interrupts a script that takes too long; the work is a function of ours, called from such a script. */
function withinTime<T>(milliseconds: number, work: () => T): T {
  stopwatch.work = work;
  try {
    return CALL.runInContext(stopwatch, { timeout: milliseconds }) as T;
  } finally {
    delete stopwatch.work;
  }
}

function isTimeout(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
}

function run(validate: ValidateFunction, value: unknown): boolean {
  return validate(value);
}

function worded(errors: readonly ErrorObject[] | null | undefined): readonly ValueProblem[] {
  const problems = (errors ?? []).slice(0, 20).map((error) => {
    const named = error.params as { additionalProperty?: string; unevaluatedProperty?: string; allowedValues?: readonly unknown[] };
    const extra = named.additionalProperty ?? named.unevaluatedProperty;
    if (extra !== undefined) return { pointer: below(error.instancePath, extra), reason: 'it is not a known property' };
    if (named.allowedValues !== undefined)
      return { pointer: error.instancePath, reason: `must be one of ${JSON.stringify(named.allowedValues).slice(0, 200)}` };
    return { pointer: error.instancePath, reason: error.message ?? error.keyword };
  });
  return problems.length > 0 ? problems : [{ pointer: '', reason: 'it does not match the schema' }];
}

/** Over keys in order, so that formatting does not matter. */
function hashOf(schema: JsonSchema): string {
  return createHash('sha256').update(inOrder(schema)).digest('hex');
}
