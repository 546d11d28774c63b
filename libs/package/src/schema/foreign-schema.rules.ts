// Judges a JSON Schema written by a stranger before any engine sees it. References are acyclic and counted with their expansion, so the
// work of a validation is bounded by (weight of the schema) x (size of the value): nothing an author writes can make it grow faster.
import type { JsonSchema } from '@kari/protocol/manifest';
import { below } from './pointer.js';
import {
  forbiddenNames,
  refusedKeywords,
  schemaFormats,
  schemaKeywords,
  schemaLimits,
  schemaTypes,
  type KeywordShape,
} from './schema-keywords.js';

export interface SchemaProblem {
  /** JSON Pointer into the schema. */
  readonly pointer: string;
  readonly reason: string;
  readonly fix: string;
}

export interface SchemaInspection {
  readonly problems: readonly SchemaProblem[];
  /** How much one value node may cost: subschemas with references expanded, plus the properties that are asked for. */
  readonly weight: number;
  /** Every regular expression with its place; the engine that runs them judges them. */
  readonly patterns: readonly { readonly pointer: string; readonly pattern: string }[];
}

interface Walk {
  readonly problems: SchemaProblem[];
  readonly patterns: { pointer: string; pattern: string }[];
  readonly definitions: ReadonlySet<string>;
  /** Definition (or `#`) → the references below it, once per occurrence, and its own weight. */
  readonly parts: Map<string, { own: number; references: { pointer: string; to: string }[] }>;
  nodes: number;
}

const ROOT = '#';
const NO_BOUND = 'Keep schemas small: describe the parts you need, leave the rest open with true.';

export function inspectSchema(schema: JsonSchema): SchemaInspection {
  const tooDeep = depthProblem(schema);
  if (tooDeep !== null) return { problems: [tooDeep], weight: 0, patterns: [] };
  const bytes = JSON.stringify(schema)?.length ?? 0;
  if (bytes > schemaLimits.bytes) {
    const reason = `the schema takes ${bytes} characters; the limit is ${schemaLimits.bytes}`;
    return { problems: [{ pointer: '', reason, fix: NO_BOUND }], weight: 0, patterns: [] };
  }
  const defs = isObject(schema) && isObject(schema['$defs']) ? Object.keys(schema['$defs']) : [];
  const walk: Walk = { problems: [], patterns: [], definitions: new Set(defs), parts: new Map(), nodes: 0 };
  visit(walk, schema, '', ROOT);
  if (walk.nodes > schemaLimits.nodes) {
    walk.problems.push({ pointer: '', reason: `it has ${walk.nodes} subschemas; the limit is ${schemaLimits.nodes}`, fix: NO_BOUND });
  }
  if (walk.patterns.length > schemaLimits.patterns) {
    walk.problems.push({
      pointer: '',
      reason: `it has ${walk.patterns.length} patterns; the limit is ${schemaLimits.patterns}`,
      fix: NO_BOUND,
    });
  }
  const weight = expandedWeight(walk);
  return { problems: walk.problems, weight, patterns: walk.patterns };
}

/** Found before anything recursive touches the value: too deep, cyclic, or not JSON at all. */
function depthProblem(schema: unknown): SchemaProblem | null {
  let level: { value: unknown; pointer: string }[] = [{ value: schema, pointer: '' }];
  let seen = 0;
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > schemaLimits.depth) {
      return { pointer: level[0]!.pointer, reason: `it is nested deeper than ${schemaLimits.depth} levels`, fix: NO_BOUND };
    }
    const next: typeof level = [];
    for (const { value, pointer } of level) {
      if (++seen > schemaLimits.bytes) return { pointer: '', reason: `it has more than ${schemaLimits.bytes} values`, fix: NO_BOUND };
      if (typeof value === 'object' && value !== null) {
        for (const [key, child] of Object.entries(value)) next.push({ value: child, pointer: below(pointer, key) });
      } else if (
        !['string', 'boolean', 'number', 'object'].includes(typeof value) ||
        (typeof value === 'number' && !Number.isFinite(value))
      ) {
        return { pointer, reason: 'it holds something that is not JSON', fix: 'Write the schema as plain JSON.' };
      }
    }
    level = next;
  }
  return null;
}

function visit(walk: Walk, schema: unknown, pointer: string, part: string): void {
  const of = walk.parts.get(part) ?? { own: 0, references: [] };
  walk.parts.set(part, of);
  walk.nodes++;
  of.own++;
  if (typeof schema === 'boolean') return;
  if (!isObject(schema)) {
    refuse(walk, pointer, 'a schema is an object, true or false', 'Write {"type": ...}, or true for "anything".');
    return;
  }
  for (const [keyword, value] of Object.entries(schema)) {
    const at = below(pointer, keyword);
    const shape = Object.hasOwn(schemaKeywords, keyword) ? schemaKeywords[keyword as keyof typeof schemaKeywords] : undefined;
    if (shape === undefined) {
      const known = Object.hasOwn(refusedKeywords, keyword) ? refusedKeywords[keyword] : undefined;
      refuse(
        walk,
        at,
        known === undefined ? `"${keyword}" is not a keyword of the profile` : `"${keyword}" is refused: ${known}`,
        'Remove it.',
      );
      continue;
    }
    checkKeyword(walk, shape, value, at, part);
  }
  checkCombination(walk, schema, pointer);
  of.own += comparisons(schema);
}

function checkKeyword(walk: Walk, shape: KeywordShape, value: unknown, at: string, part: string): void {
  const expect = (holds: boolean, what: string) => {
    if (!holds) refuse(walk, at, `it must be ${what}`, `Give ${what}.`);
    return holds;
  };
  switch (shape) {
    case 'schema':
      return visit(walk, value, at, part);
    case 'schema-list':
      if (!expect(Array.isArray(value) && value.length > 0, 'a list of at least one schema')) return;
      return (value as unknown[]).forEach((item, index) => visit(walk, item, below(at, index), part));
    case 'schema-map':
      if (!expect(isObject(value), 'an object of schemas')) return;
      for (const [name, item] of Object.entries(value as object)) {
        if (forbiddenNames.has(name)) refuse(walk, below(at, name), `"${name}" cannot be a name`, 'Choose another name.');
        if (at.endsWith('/patternProperties')) walk.patterns.push({ pointer: below(at, name), pattern: name });
        visit(walk, item, below(at, name), at === '/$defs' ? name : part);
      }
      return;
    case 'string':
      expect(typeof value === 'string', 'a string');
      return;
    case 'string-list':
      expect(isStringList(value), 'a list of different strings');
      return;
    case 'string-list-map':
      expect(isObject(value) && Object.values(value).every(isStringList), 'an object of lists of different strings');
      return;
    case 'number':
      expect(typeof value === 'number' && Number.isFinite(value), 'a number');
      return;
    case 'positive-number':
      expect(typeof value === 'number' && Number.isFinite(value) && value > 0, 'a number above 0');
      return;
    case 'count':
      expect(Number.isSafeInteger(value) && (value as number) >= 0, 'a whole number, 0 or above');
      return;
    case 'boolean':
      expect(typeof value === 'boolean', 'true or false');
      return;
    case 'type':
      expect(
        [value].flat().length > 0 && [value].flat().every((type) => (schemaTypes as readonly unknown[]).includes(type)),
        `one or several of ${schemaTypes.join(', ')}`,
      );
      return;
    case 'format':
      expect((schemaFormats as readonly unknown[]).includes(value), `one of ${schemaFormats.join(', ')}`);
      return;
    case 'pattern':
      if (expect(typeof value === 'string', 'a regular expression')) walk.patterns.push({ pointer: at, pattern: value as string });
      return;
    case 'dialect':
      expect(value === 'https://json-schema.org/draft/2020-12/schema', '"https://json-schema.org/draft/2020-12/schema"');
      return;
    case 'reference':
      return checkReference(walk, value, at, part);
    case 'free':
      return checkNames(walk, value, at);
    case 'free-list':
      if (expect(Array.isArray(value), 'a list')) checkNames(walk, value, at);
      return;
  }
}

function checkReference(walk: Walk, value: unknown, at: string, part: string): void {
  const name = typeof value === 'string' ? /^#\/\$defs\/([^/]+)$/.exec(value)?.[1] : undefined;
  if (name === undefined) {
    refuse(
      walk,
      at,
      `the reference ${shown(value)} leaves the closed profile: only "#/$defs/<name>" is followed`,
      'Copy the part into $defs.',
    );
    return;
  }
  const definition = name.replaceAll('~1', '/').replaceAll('~0', '~');
  if (walk.definitions.has(definition)) walk.parts.get(part)!.references.push({ pointer: at, to: definition });
  else
    refuse(
      walk,
      at,
      `there is no definition "${definition}"`,
      `Add it below $defs: ${[...walk.definitions].join(', ') || 'none is there'}.`,
    );
}

function checkCombination(walk: Walk, schema: Readonly<Record<string, unknown>>, pointer: string): void {
  if (pointer !== '' && '$defs' in schema) refuse(walk, below(pointer, '$defs'), '$defs may stand only at the top', 'Move it to the top.');
}

/** What one object may be asked beside its subschemas. */
function comparisons(schema: Readonly<Record<string, unknown>>): number {
  const required = Array.isArray(schema['required']) ? schema['required'].length : 0;
  return required + (isObject(schema['properties']) ? Object.keys(schema['properties']).length : 0);
}

function checkNames(walk: Walk, value: unknown, at: string): void {
  if (Array.isArray(value)) return value.forEach((item, index) => checkNames(walk, item, below(at, index)));
  if (!isObject(value)) return;
  for (const [name, item] of Object.entries(value)) {
    if (forbiddenNames.has(name)) refuse(walk, below(at, name), `"${name}" cannot be a name`, 'Choose another name.');
    checkNames(walk, item, below(at, name));
  }
}

/** Weight of the whole with references written out; a cycle is a problem, and so is a small schema that unfolds into a huge one. */
function expandedWeight(walk: Walk): number {
  const done = new Map<string, number>();
  const open = new Set<string>();
  const weigh = (part: string): number => {
    const known = done.get(part);
    if (known !== undefined) return known;
    const { own, references } = walk.parts.get(part) ?? { own: 0, references: [] };
    open.add(part);
    let total = own;
    for (const { pointer, to } of references) {
      if (open.has(to))
        refuse(
          walk,
          pointer,
          `the reference to "${to}" leads back to itself: depth would have no bound`,
          'Write out the levels you need, or use true for the inner ones.',
        );
      else total += weigh(to);
    }
    open.delete(part);
    done.set(part, total);
    return total;
  };
  const total = [...walk.parts.keys()].reduce((most, part) => Math.max(most, weigh(part)), 0);
  if (total > schemaLimits.expandedNodes) {
    const reason = `with its references and comparisons written out it weighs ${total}; the limit is ${schemaLimits.expandedNodes}`;
    walk.problems.push({ pointer: '', reason, fix: NO_BOUND });
  }
  return total;
}

function refuse(walk: Walk, pointer: string, reason: string, fix: string): void {
  if (walk.problems.length < 100) walk.problems.push({ pointer, reason, fix });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isStringList(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every((item) => typeof item === 'string' && !forbiddenNames.has(item)) &&
    new Set(value).size === value.length
  );
}

function shown(value: unknown): string {
  return JSON.stringify(value)?.slice(0, 80) ?? String(value);
}
