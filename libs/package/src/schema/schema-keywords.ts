// The closed profile's keywords: JSON Schema 2020-12 without identifiers, remote and dynamic references. Anything else is refused, so that a
// misspelt keyword never silently checks nothing.

/** What a keyword's value must be. `free` is any JSON value; it is bounded in depth, not interpreted. */
export type KeywordShape =
  | 'schema'
  | 'schema-list'
  | 'schema-map'
  | 'string'
  | 'string-list'
  | 'string-list-map'
  | 'number'
  | 'positive-number'
  | 'count'
  | 'boolean'
  | 'type'
  | 'format'
  | 'pattern'
  | 'reference'
  | 'dialect'
  | 'free'
  | 'free-list';

export const schemaKeywords = {
  $schema: 'dialect',
  $comment: 'string',
  $defs: 'schema-map',
  $ref: 'reference',
  title: 'string',
  description: 'string',
  default: 'free',
  examples: 'free-list',
  deprecated: 'boolean',
  readOnly: 'boolean',
  writeOnly: 'boolean',
  type: 'type',
  enum: 'free-list',
  const: 'free',
  multipleOf: 'positive-number',
  maximum: 'number',
  exclusiveMaximum: 'number',
  minimum: 'number',
  exclusiveMinimum: 'number',
  maxLength: 'count',
  minLength: 'count',
  pattern: 'pattern',
  format: 'format',
  contentEncoding: 'string',
  contentMediaType: 'string',
  prefixItems: 'schema-list',
  items: 'schema',
  contains: 'schema',
  minContains: 'count',
  maxContains: 'count',
  maxItems: 'count',
  minItems: 'count',
  uniqueItems: 'boolean',
  unevaluatedItems: 'schema',
  properties: 'schema-map',
  patternProperties: 'schema-map',
  additionalProperties: 'schema',
  propertyNames: 'schema',
  unevaluatedProperties: 'schema',
  required: 'string-list',
  minProperties: 'count',
  maxProperties: 'count',
  dependentRequired: 'string-list-map',
  dependentSchemas: 'schema-map',
  allOf: 'schema-list',
  anyOf: 'schema-list',
  oneOf: 'schema-list',
  not: 'schema',
  if: 'schema',
  then: 'schema',
  else: 'schema',
} as const satisfies Record<string, KeywordShape>;

/** Known and refused on purpose: the reason is worth more than "unknown keyword". */
export const refusedKeywords: Readonly<Record<string, string>> = {
  $id: 'a schema here is never a base for references; name its parts in $defs',
  $anchor: 'refer to a part by its path, "#/$defs/<name>"',
  $dynamicRef: 'a dynamic reference has no bounded meaning; use "$ref": "#/$defs/<name>"',
  $dynamicAnchor: 'a dynamic reference has no bounded meaning; use "$ref": "#/$defs/<name>"',
  $recursiveRef: 'a recursive reference has no bounded depth; write out the levels you need',
  $recursiveAnchor: 'a recursive reference has no bounded depth; write out the levels you need',
  $vocabulary: 'vocabularies are fixed by the platform',
  definitions: 'the keyword is called $defs since 2019-09',
  dependencies: 'the keyword was split into dependentRequired and dependentSchemas',
  additionalItems: 'since 2020-12 prefixItems lists the first items and items describes the rest',
};

export const schemaTypes = ['null', 'boolean', 'object', 'array', 'number', 'integer', 'string'] as const;

/** The formats that are checked (see `formats.ts`); an unknown one is refused, since it would check nothing. */
export const schemaFormats = [
  'date',
  'time',
  'date-time',
  'duration',
  'email',
  'hostname',
  'ipv4',
  'ipv6',
  'uri',
  'uuid',
  'json-pointer',
  'cron',
  'time-zone',
  'secret-handle',
  'secret-ref',
] as const;

/** Property names that reach into an object's prototype: refused at any depth, in schemas and in values. */
export const forbiddenNames: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** Limits of the closed profile. */
export const schemaLimits = {
  /** Bytes of the schema as JSON. */
  bytes: 64 * 1024,
  /** Levels of nesting, free values included. */
  depth: 32,
  /** Subschemas written down. */
  nodes: 1_000,
  /** Subschemas with every reference written out: the factor by which a value's size is multiplied. */
  expandedNodes: 5_000,
  patternLength: 512,
  /** Instructions of one compiled pattern. */
  patternProgram: 4_000,
  patterns: 64,
  /** Milliseconds for compiling one schema. */
  compileMilliseconds: 1_000,
} as const;
