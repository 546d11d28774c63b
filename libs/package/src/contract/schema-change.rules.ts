// Whether a changed JSON Schema still keeps what the old one promised: an input must take everything that it took, an output may say nothing
// that it never said. What cannot be compared counts as broken: a change that nobody can judge must not reach those who rely on it.
import { canonicalJson } from '@kari/kernel';
import type { JsonSchema } from '@kari/protocol/manifest';
import { below } from '../schema/pointer.js';

export interface SchemaBreak {
  /** JSON Pointer into the value. */
  readonly at: string;
  readonly reason: string;
}

/** What the new input refuses although the old one took it; optional fields that are new are no break. */
export function inputBreaks(before: JsonSchema, after: JsonSchema): readonly SchemaBreak[] {
  return unkept({ part: before, definitions: definitionsOf(before) }, { part: after, definitions: definitionsOf(after) }, 'input');
}

/** What the new output may be although the old one could not; fields that are new are no break. */
export function outputBreaks(before: JsonSchema, after: JsonSchema): readonly SchemaBreak[] {
  return unkept({ part: after, definitions: definitionsOf(after) }, { part: before, definitions: definitionsOf(before) }, 'output');
}

type Side = 'input' | 'output';
type Keywords = Readonly<Record<string, unknown>>;
interface Part {
  readonly part: JsonSchema | undefined;
  readonly definitions: Readonly<Record<string, JsonSchema>>;
}
interface Comparison {
  /** The parts of which every value is spoken: all of them hold. */
  readonly given: readonly Keywords[];
  readonly types: ReadonlySet<string>;
  readonly inner: Part['definitions'];
  readonly outer: Part['definitions'];
  readonly side: Side;
  readonly at: string;
}

const ALL_TYPES = ['null', 'boolean', 'object', 'array', 'number', 'string'] as const;
/** Words about a value, none of which refuses one. */
const ANNOTATIONS = new Set(
  '$schema $comment $defs title description default examples deprecated readOnly writeOnly contentEncoding contentMediaType'.split(' '),
);
const DEEPEST = 40;

/** What the outer schema refuses of that which the inner one accepts. */
function unkept(inner: Part, outer: Part, side: Side, at = '', depth = 0): readonly SchemaBreak[] {
  const demands = conjuncts(outer);
  const given = conjuncts(inner);
  if (demands === null) return given === null ? [] : [{ at, reason: said(side, 'nothing at all is taken', 'it may be anything') }];
  if (given === null || demands.length === 0) return [];
  const known = new Set(given.filter(standsAlone).map(written));
  const open = demands.filter((demand) => !standsAlone(demand) || !known.has(written(demand)));
  if (open.length === 0) return [];
  if (depth > DEEPEST) return [{ at, reason: 'it is nested too deep to be compared' }];
  const branches = branchesOf(given);
  if (branches !== null) {
    const { rest, alternatives } = branches;
    const whole = alternatives.flatMap((part) =>
      unkept({ part: { allOf: [...rest, part] }, definitions: inner.definitions }, outer, side, at, depth + 1),
    );
    return distinct(whole);
  }
  const comparison: Comparison = { given, types: typesOf(given), inner: inner.definitions, outer: outer.definitions, side, at };
  return distinct(open.flatMap((demand) => unmet(demand, comparison, depth)));
}

/** The parts that must all hold, references followed; null when nothing can ever hold. */
function conjuncts({ part, definitions }: Part, depth = 0): readonly Keywords[] | null {
  if (part === undefined || part === true) return [];
  if (part === false || depth > DEEPEST) return null;
  const { $ref: reference, allOf, ...rest } = part;
  const others = [
    ...(typeof reference === 'string' ? [definitions[reference.slice('#/$defs/'.length)]] : []),
    ...(Array.isArray(allOf) ? (allOf as JsonSchema[]) : []),
  ].map((other) => conjuncts({ part: other, definitions }, depth + 1));
  if (others.some((other) => other === null)) return null;
  const own = Object.keys(rest).some((keyword) => !ANNOTATIONS.has(keyword)) ? [rest] : [];
  return [...own, ...others.flatMap((other) => other ?? [])];
}

/** The first part that is one of several, without it; null when none is. */
function branchesOf(given: readonly Keywords[]): { rest: readonly JsonSchema[]; alternatives: readonly JsonSchema[] } | null {
  for (const [index, part] of given.entries()) {
    for (const keyword of ['anyOf', 'oneOf'] as const) {
      if (!Array.isArray(part[keyword])) continue;
      const { [keyword]: alternatives, ...own } = part;
      const rest = given.map((other, place) => (place === index ? own : other)) as JsonSchema[];
      return { rest, alternatives: alternatives as JsonSchema[] };
    }
  }
  return null;
}

function typesOf(given: readonly Keywords[]): ReadonlySet<string> {
  let types: readonly string[] = ALL_TYPES;
  for (const part of given) {
    const allowed = allowedTypes(part);
    if (allowed !== null) types = types.filter((type) => allowed.has(type));
  }
  return new Set(types);
}

/** An integer is a number here; whether it must be whole is asked apart. */
function allowedTypes(part: Keywords): ReadonlySet<string> | null {
  const values = valuesOf(part);
  if (values !== null) return new Set(values.map(typeOfValue));
  return part['type'] === undefined ? null : new Set(typeNames(part).map((type) => (type === 'integer' ? 'number' : type)));
}

function unmet(demand: Keywords, comparison: Comparison, depth: number): readonly SchemaBreak[] {
  return Object.entries(demand).flatMap(([keyword, value]): readonly SchemaBreak[] => {
    if (ANNOTATIONS.has(keyword)) return [];
    if (PLAIN.has(keyword) && comparison.given.some((part) => canonicalJson(part[keyword] ?? null) === canonicalJson(value))) return [];
    return demandUnmet(keyword, value, demand, comparison, depth);
  });
}

/** Equal words mean equal things here: they lean neither on definitions nor on a neighbour. */
const PLAIN = new Set(
  'type enum const required multipleOf maximum exclusiveMaximum minimum exclusiveMinimum maxLength minLength pattern format maxItems minItems uniqueItems minProperties maxProperties dependentRequired'.split(
    ' ',
  ),
);

function demandUnmet(keyword: string, value: unknown, demand: Keywords, comparison: Comparison, depth: number): readonly SchemaBreak[] {
  const { types, at, side } = comparison;
  const broken = (input: string, output: string): readonly SchemaBreak[] => [{ at, reason: said(side, input, output) }];
  switch (keyword) {
    case 'type':
      return typeUnmet(demand, comparison);
    case 'const':
    case 'enum':
      return valuesUnmet(demand, comparison);
    case 'required': {
      if (!types.has('object')) return [];
      const sure = new Set(comparison.given.flatMap((part) => (part['required'] ?? []) as string[]));
      return (value as string[])
        .filter((name) => !sure.has(name))
        .map((name) => ({ at: below(at, name), reason: said(side, 'it is required now', 'it is not always there any more') }));
    }
    case 'properties':
      return types.has('object') ? propertiesUnmet(value as Record<string, JsonSchema>, comparison, depth) : [];
    case 'additionalProperties':
      return types.has('object') ? additionalUnmet(value as JsonSchema, demand, comparison, depth) : [];
    case 'items':
      if (!types.has('array')) return [];
      if ('prefixItems' in demand || comparison.given.some((part) => 'prefixItems' in part))
        return incomparable('items', value, demand, comparison);
      return nested(conjoined(comparison, 'items'), value as JsonSchema, comparison, `${at}/*`, depth);
    case 'minimum':
    case 'exclusiveMinimum':
    case 'maximum':
    case 'exclusiveMaximum':
      return types.has('number') && !boundKept(keyword, value as number, comparison)
        ? broken(`numbers are bounded more narrowly (${keyword} ${String(value)})`, `it may lie outside of ${keyword} ${String(value)}`)
        : [];
    case 'multipleOf':
      return types.has('number') && !stepKept(value as number, comparison)
        ? broken(`only multiples of ${String(value)} are taken`, `it need not be a multiple of ${String(value)} any more`)
        : [];
    case 'minLength':
    case 'maxLength':
    case 'minItems':
    case 'maxItems':
    case 'minProperties':
    case 'maxProperties': {
      const type = keyword.endsWith('Length') ? 'string' : keyword.endsWith('Items') ? 'array' : 'object';
      if (!types.has(type) || (keyword.startsWith('min') && value === 0) || countKept(keyword, value as number, comparison)) return [];
      return broken(
        `its size is bounded more narrowly (${keyword} ${String(value)})`,
        `its size may go beyond ${keyword} ${String(value)}`,
      );
    }
    case 'pattern':
      return types.has('string') ? broken('its text must match another pattern', 'its text need not match the old pattern any more') : [];
    case 'format':
      return types.has('string') ? broken(`it must be a ${String(value)} now`, `it need not be a ${String(value)} any more`) : [];
    case 'uniqueItems':
      return types.has('array') && value === true ? broken('its items must differ now', 'its items may repeat now') : [];
    case 'anyOf':
    case 'oneOf':
      return branchUnmet(value as JsonSchema[], comparison, depth);
    default:
      return incomparable(keyword, value, demand, comparison);
  }
}

function typeUnmet(demand: Keywords, { given, types, side, at }: Comparison): readonly SchemaBreak[] {
  const names = typeNames(demand);
  const lost = [...types].filter((type) => !names.includes(type) && !(type === 'number' && names.includes('integer')));
  if (lost.length > 0)
    return [{ at, reason: said(side, `${lost.join(' and ')} is not taken any more`, `it may be ${lost.join(' or ')} now`) }];
  const whole = given.some((part) => wholeNumbers(part));
  if (types.has('number') && names.includes('integer') && !names.includes('number') && !whole)
    return [{ at, reason: said(side, 'only whole numbers are taken', 'it may be a fraction now') }];
  return [];
}

function wholeNumbers(part: Keywords): boolean {
  const values = valuesOf(part);
  if (values !== null) return values.every((value) => typeof value !== 'number' || Number.isInteger(value));
  const names = part['type'] === undefined ? [] : typeNames(part);
  return names.length > 0 && !names.includes('number');
}

function valuesUnmet(demand: Keywords, { given, side, at }: Comparison): readonly SchemaBreak[] {
  const allowed = new Set((valuesOf(demand) ?? []).map(canonicalJson));
  const values = given.map(valuesOf).find((known) => known !== null) ?? null;
  if (values === null) return [{ at, reason: said(side, 'only certain values are taken now', 'it may be any value now') }];
  const lost = values.map(canonicalJson).filter((value) => !allowed.has(value));
  if (lost.length === 0) return [];
  return [{ at, reason: said(side, `${lost.join(', ')} is not taken any more`, `it may be ${lost.join(', ')} now`) }];
}

function propertiesUnmet(properties: Readonly<Record<string, JsonSchema>>, comparison: Comparison, depth: number): readonly SchemaBreak[] {
  return Object.entries(properties).flatMap(([name, demanded]) => {
    const given = comparison.given.flatMap((part) => propertyOf(part, name) ?? []);
    // A field that was never spoken of: whoever sent it all the same relied on nothing.
    if (given.length === 0) return [];
    return nested({ allOf: given }, demanded, comparison, below(comparison.at, name), depth);
  });
}

function propertyOf(part: Keywords, name: string): JsonSchema | null {
  const properties = part['properties'] as Record<string, JsonSchema> | undefined;
  if (properties !== undefined && Object.hasOwn(properties, name)) return properties[name]!;
  const additional = part['additionalProperties'] as JsonSchema | undefined;
  return typeof additional === 'object' ? additional : null;
}

function additionalUnmet(value: JsonSchema, demand: Keywords, comparison: Comparison, depth: number): readonly SchemaBreak[] {
  const { given, side, at } = comparison;
  // Whoever reads an answer passes over fields that it does not know.
  if (value === true || (value === false && side === 'output')) return [];
  if ('patternProperties' in demand || given.some((part) => 'patternProperties' in part))
    return incomparable('additionalProperties', value, demand, comparison);
  const named = Object.keys(demand['properties'] ?? {});
  const spoken = [...new Set(given.flatMap((part) => Object.keys(part['properties'] ?? {})))];
  const unnamed = spoken.filter((name) => !named.includes(name));
  const fields = unnamed.flatMap((name) => {
    const parts = given.flatMap((part) => propertyOf(part, name) ?? []);
    if (value === false) return parts.includes(false) ? [] : [{ at: below(at, name), reason: 'it is not taken any more' }];
    return nested({ allOf: parts }, value, comparison, below(at, name), depth);
  });
  const rest = given.flatMap((part) => ('additionalProperties' in part ? [part['additionalProperties'] as JsonSchema] : []));
  if (rest.includes(false)) return fields;
  if (value === false) return [...fields, { at, reason: 'fields that it does not know are refused now' }];
  return [...fields, ...nested({ allOf: rest }, value, comparison, `${at}/*`, depth)];
}

/** Forms are taken for apart from each other, as authors write them: what fits one is not looked for in the rest, `oneOf` or not. */
function branchUnmet(branches: readonly JsonSchema[], comparison: Comparison, depth: number): readonly SchemaBreak[] {
  const { given, inner, outer, side, at } = comparison;
  const fits = branches.some(
    (branch) =>
      unkept({ part: { allOf: [...given] as JsonSchema[] }, definitions: inner }, { part: branch, definitions: outer }, side, at, depth + 1)
        .length === 0,
  );
  return fits ? [] : [{ at, reason: said(side, 'a form of it is not taken any more', 'it may have a form that it could not have') }];
}

/** Words that are not taken apart: equal, definitions and all, or unjudged. */
function incomparable(keyword: string, value: unknown, demand: Keywords, { given, inner, outer, at }: Comparison): readonly SchemaBreak[] {
  const leaning = keyword === 'if' || keyword === 'then' || keyword === 'else' ? ['if', 'then', 'else'] : [keyword];
  const same = given.some((part) => leaning.every((word) => canonicalJson(part[word] ?? null) === canonicalJson(demand[word] ?? null)));
  const refers = JSON.stringify(value)?.includes('"$ref"') === true;
  if (same && (!refers || canonicalJson(inner) === canonicalJson(outer))) return [];
  return [{ at, reason: `"${keyword}" has changed, and nobody can tell whether that does harm` }];
}

function nested(given: JsonSchema, demanded: JsonSchema, { inner, outer, side }: Comparison, at: string, depth: number) {
  return unkept({ part: given, definitions: inner }, { part: demanded, definitions: outer }, side, at, depth + 1);
}

function conjoined({ given }: Comparison, keyword: string): JsonSchema {
  return { allOf: given.flatMap((part) => (keyword in part ? [part[keyword] as JsonSchema] : [])) };
}

function boundKept(keyword: string, bound: number, { given }: Comparison): boolean {
  const lower = keyword.toLowerCase().endsWith('minimum');
  const strict = keyword.startsWith('exclusive');
  const beyond = (value: number): boolean => (lower ? value > bound : value < bound);
  return given.some((part) => {
    const values = valuesOf(part);
    if (values !== null) return values.every((value) => typeof value !== 'number' || beyond(value) || (!strict && value === bound));
    const inclusive = part[lower ? 'minimum' : 'maximum'];
    const exclusive = part[lower ? 'exclusiveMinimum' : 'exclusiveMaximum'];
    if (typeof exclusive === 'number' && (beyond(exclusive) || exclusive === bound)) return true;
    return typeof inclusive === 'number' && (beyond(inclusive) || (!strict && inclusive === bound));
  });
}

function stepKept(step: number, { given }: Comparison): boolean {
  return given.some((part) => {
    const own = part['multipleOf'];
    if (typeof own === 'number') return Number.isInteger(own / step);
    return step === 1 && wholeNumbers(part);
  });
}

function countKept(keyword: string, bound: number, { given }: Comparison): boolean {
  return given.some((part) => {
    const own = part[keyword];
    return typeof own === 'number' && (keyword.startsWith('min') ? own >= bound : own <= bound);
  });
}

function valuesOf(part: Keywords): readonly unknown[] | null {
  if ('const' in part) return [part['const']];
  return Array.isArray(part['enum']) ? (part['enum'] as unknown[]) : null;
}

function typeNames(part: Keywords): readonly string[] {
  return [part['type']].flat() as string[];
}

function typeOfValue(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function definitionsOf(schema: JsonSchema): Part['definitions'] {
  return typeof schema === 'object' ? ((schema['$defs'] ?? {}) as Record<string, JsonSchema>) : {};
}

/** Two parts that refer to definitions may mean different things by the same name. */
function standsAlone(part: Keywords): boolean {
  return !JSON.stringify(part).includes('"$ref"');
}

/** A part without its remarks, as one text. */
function written(part: Keywords): string {
  return canonicalJson(Object.fromEntries(Object.entries(part).filter(([keyword]) => !ANNOTATIONS.has(keyword))));
}

function said(side: Side, input: string, output: string): string {
  return side === 'input' ? input : output;
}

function distinct(breaks: readonly SchemaBreak[]): readonly SchemaBreak[] {
  return [...new Map(breaks.map((one) => [`${one.at} ${one.reason}`, one])).values()];
}
