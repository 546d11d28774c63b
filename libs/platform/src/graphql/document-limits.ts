// What a document may ask for at most. Judged before validation, in one walk that visits each fragment once, so that judging a hostile document is cheap;
// the cost is judged again for each request, because page sizes may come from variables.
import { rejected, type Rejection } from '@kari/kernel';
import {
  getNamedType,
  getNullableType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

export interface DocumentLimits {
  /** Fields inside fields. Introspection has its own bound in graphql-js. */
  readonly depth: number;
  /** Fields with an alias, fragments spread out. */
  readonly aliases: number;
  /** Directives, fragments spread out. */
  readonly directives: number;
  /** Fields altogether, fragments spread out. */
  readonly fields: number;
  /** Lexical tokens of the document. */
  readonly tokens: number;
  /** Values computed, a list counting as often as its page is long. */
  readonly cost: number;
  /** Operations in one document. */
  readonly operations: number;
  /** The only documents that are run, by `documentHash`; null: any. */
  readonly documents: ReadonlySet<string> | null;
}

export const defaultLimits: DocumentLimits = {
  depth: 12,
  aliases: 15,
  directives: 30,
  fields: 500,
  tokens: 2_500,
  cost: 10_000,
  operations: 10,
  documents: null,
};

/** Depth of the common tools' introspection query; what the schema tells of itself does not nest like data. */
const INTROSPECTION_DEPTH = 16;
/** Values assumed of a list that is not a page. */
const USUAL_LIST = 10;
const LARGEST_PAGE = 200;

interface Measure {
  readonly depth: number;
  readonly aliases: number;
  readonly directives: number;
  readonly fields: number;
}

const NOTHING: Measure = { depth: 0, aliases: 0, directives: 0, fields: 0 };

/** The first limit that the document breaks, or null. */
export function brokenLimit(document: DocumentNode, limits: DocumentLimits): Rejection | null {
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  if (operations.length > limits.operations) return tooComplex('the number of operations', operations.length, limits.operations);
  const fragments = fragmentsOf(document);
  const known = new Map<string, Measure>();
  for (const operation of operations) {
    const measure = plusDirectives(measureOf(operation.selectionSet, fragments, known, false), operation.directives?.length ?? 0);
    const broken = brokenBy(measure, limits);
    if (broken !== null) return broken;
  }
  return null;
}

function brokenBy(measure: Measure, limits: DocumentLimits): Rejection | null {
  if (measure.depth > limits.depth) return tooComplex('the depth', measure.depth, limits.depth);
  if (measure.aliases > limits.aliases) return tooComplex('the number of aliases', measure.aliases, limits.aliases);
  if (measure.directives > limits.directives) return tooComplex('the number of directives', measure.directives, limits.directives);
  if (measure.fields > limits.fields) return tooComplex('the number of fields', measure.fields, limits.fields);
  return null;
}

function measureOf(
  set: SelectionSetNode | undefined,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  known: Map<string, Measure>,
  introspecting: boolean,
): Measure {
  if (set === undefined) return NOTHING;
  let measure = NOTHING;
  for (const selection of set.selections) {
    const directives = selection.directives?.length ?? 0;
    measure = both(measure, plusDirectives(selectionMeasure(selection), directives));
  }
  return measure;

  function selectionMeasure(selection: SelectionSetNode['selections'][number]): Measure {
    if (selection.kind === Kind.INLINE_FRAGMENT) return measureOf(selection.selectionSet, fragments, known, introspecting);
    if (selection.kind === Kind.FRAGMENT_SPREAD) return fragmentMeasure(selection.name.value);
    const meta = introspecting || selection.name.value === '__schema' || selection.name.value === '__type';
    const inner = measureOf(selection.selectionSet, fragments, known, meta);
    // A subtree of the schema about itself weighs one level, unless it is deeper than any tool asks.
    const depth = meta && !introspecting ? Math.max(1, inner.depth - INTROSPECTION_DEPTH) : inner.depth + 1;
    return {
      depth,
      aliases: inner.aliases + (selection.alias === undefined ? 0 : 1),
      directives: inner.directives,
      fields: inner.fields + 1,
    };
  }

  function fragmentMeasure(name: string): Measure {
    const key = `${introspecting ? '!' : ''}${name}`;
    const earlier = known.get(key);
    if (earlier !== undefined) return earlier;
    // A fragment inside itself measures nothing here; validation refuses it.
    known.set(key, NOTHING);
    const made = measureOf(fragments.get(name)?.selectionSet, fragments, known, introspecting);
    known.set(key, made);
    return made;
  }
}

function both(a: Measure, b: Measure): Measure {
  return {
    depth: Math.max(a.depth, b.depth),
    aliases: a.aliases + b.aliases,
    directives: a.directives + b.directives,
    fields: a.fields + b.fields,
  };
}

function plusDirectives(measure: Measure, directives: number): Measure {
  return directives === 0 ? measure : { ...measure, directives: measure.directives + directives };
}

/** Refuses an operation, valid by the schema, that would compute too many values with these variables. */
export function brokenCost(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
  limits: DocumentLimits,
): Rejection | null {
  const root = schema.getRootType(operation.operation);
  if (!root) return null;
  const walk: CostWalk = { schema, fragments: fragmentsOf(document), variables: withDefaults(operation, variables), known: new Map() };
  const cost = costOf(operation.selectionSet, root, USUAL_LIST, walk);
  return cost > limits.cost ? tooComplex('the cost', Number.isFinite(cost) ? Math.ceil(cost) : 'boundless', limits.cost) : null;
}

interface CostWalk {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly known: Map<string, number>;
}

function costOf(set: SelectionSetNode | undefined, parent: GraphQLNamedType, page: number, walk: CostWalk): number {
  let cost = 0;
  for (const selection of set?.selections ?? []) {
    if (selection.kind === Kind.FIELD) cost += fieldCost(selection, parent, page, walk);
    else if (selection.kind === Kind.INLINE_FRAGMENT) {
      cost += costOf(selection.selectionSet, typeNamed(selection.typeCondition?.name.value, parent, walk), page, walk);
    } else cost += fragmentCost(selection.name.value, parent, page, walk);
  }
  return cost;
}

function fragmentCost(name: string, parent: GraphQLNamedType, page: number, walk: CostWalk): number {
  const key = `${name} ${page}`;
  const earlier = walk.known.get(key);
  if (earlier !== undefined) return earlier;
  walk.known.set(key, 0);
  const fragment = walk.fragments.get(name);
  const cost = costOf(fragment?.selectionSet, typeNamed(fragment?.typeCondition.name.value, parent, walk), page, walk);
  walk.known.set(key, cost);
  return cost;
}

/** One for the field itself, and its inside as often as it is expected to repeat. A page's size reaches the lists right inside it. */
function fieldCost(node: FieldNode, parent: GraphQLNamedType, page: number, walk: CostWalk): number {
  const field = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[node.name.value] : undefined;
  if (field === undefined) return 1;
  const type = getNamedType(field.type);
  if (!isCompositeType(type)) return 1;
  const repeats = isListType(getNullableType(field.type)) ? page : 1;
  return 1 + repeats * costOf(node.selectionSet, type, pageSizeOf(node, field, walk), walk);
}

function pageSizeOf(node: FieldNode, field: GraphQLField<unknown, unknown>, walk: CostWalk): number {
  const declared = field.args.find((argument) => argument.name === 'first');
  if (declared === undefined) return USUAL_LIST;
  const value = node.arguments?.find((argument) => argument.name.value === 'first')?.value;
  const given =
    value?.kind === Kind.INT ? Number(value.value) : value?.kind === Kind.VARIABLE ? Number(walk.variables[value.name.value]) : Number.NaN;
  const size = Number.isFinite(given) ? given : Number(declared.defaultValue ?? LARGEST_PAGE);
  return Math.min(Math.max(size, 1), LARGEST_PAGE);
}

function withDefaults(operation: OperationDefinitionNode, variables: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const defaults = (operation.variableDefinitions ?? []).flatMap(({ variable, defaultValue }) =>
    defaultValue?.kind === Kind.INT ? [[variable.name.value, Number(defaultValue.value)] as const] : [],
  );
  return { ...Object.fromEntries(defaults), ...variables };
}

function typeNamed(name: string | undefined, otherwise: GraphQLNamedType, walk: CostWalk): GraphQLNamedType {
  return name === undefined ? otherwise : (walk.schema.getType(name) ?? otherwise);
}

function fragmentsOf(document: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> {
  return new Map(
    document.definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition] as const] : [],
    ),
  );
}

function tooComplex(limit: string, found: number | string, most: number): Rejection {
  return rejected('REQUEST_TOO_COMPLEX', { limit, found, most });
}
