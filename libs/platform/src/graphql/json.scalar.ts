// Any JSON value, for what extensions define and the platform cannot know: inputs and outputs of plugins, settings, bodies of events.
import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql';

const DEEPEST = 64;
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

export const Json = new GraphQLScalarType({
  name: 'JSON',
  description: `Any JSON value, at most ${DEEPEST} levels deep.`,
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc8259',
  serialize: (value) => value,
  parseValue: (value) => checked(value, 0),
  parseLiteral: (node, variables) => literal(node, variables ?? {}, 0),
});

function checked(value: unknown, depth: number): unknown {
  if (depth > DEEPEST) throw new GraphQLError(`JSON is nested deeper than ${DEEPEST} levels.`);
  if (Array.isArray(value)) return value.map((item: unknown) => checked(item, depth + 1));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [named(key), checked(child, depth + 1)]));
}

function literal(node: ValueNode, variables: Readonly<Record<string, unknown>>, depth: number): unknown {
  if (depth > DEEPEST) throw new GraphQLError(`JSON is nested deeper than ${DEEPEST} levels.`);
  switch (node.kind) {
    case Kind.NULL:
      return null;
    case Kind.STRING:
    case Kind.BOOLEAN:
      return node.value;
    case Kind.INT:
    case Kind.FLOAT:
      return Number(node.value);
    case Kind.LIST:
      return node.values.map((item) => literal(item, variables, depth + 1));
    case Kind.OBJECT:
      return Object.fromEntries(node.fields.map((field) => [named(field.name.value), literal(field.value, variables, depth + 1)]));
    case Kind.VARIABLE:
      return checked(variables[node.name.value], depth);
    case Kind.ENUM:
      throw new GraphQLError(`${node.value} is not JSON: text stands in quotation marks.`);
  }
}

function named(key: string): string {
  if (FORBIDDEN.has(key)) throw new GraphQLError(`"${key}" cannot be a name.`);
  return key;
}
