// Calls for every root field of the schema, with arguments that fit: so that a new operation is tested from the day it exists.
import {
  buildSchema,
  getNamedType,
  GraphQLEnumType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql';

export interface OperationCall {
  readonly kind: 'query' | 'mutation' | 'subscription';
  readonly field: string;
  readonly document: string;
}

/** Arguments that must mean something, by field: everything else is made from its type. */
export type ArgumentOverrides = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** `name`: only the type's name is asked for; `everything`: each field of the answer that needs no argument, at any depth. */
export type Asked = 'name' | 'everything';

export function callsOf(sdl: string, overrides: ArgumentOverrides, asked: Asked = 'name'): readonly OperationCall[] {
  const schema = buildSchema(sdl);
  return (['query', 'mutation', 'subscription'] as const).flatMap((kind) => {
    const root = rootOf(schema, kind);
    return Object.values(root?.getFields() ?? {}).map((field) => {
      const given = overrides[field.name] ?? {};
      const values = field.args
        .filter((argument) => argument.name in given || isNonNullType(argument.type))
        .map((argument) => `${argument.name}: ${literal(argument.name in given ? given[argument.name] : sample(argument), argument.type)}`);
      const document = `${kind} { ${field.name}${values.length === 0 ? '' : `(${values.join(', ')})`} ${selection(field.type, asked)} }`;
      return { kind, field: field.name, document };
    });
  });
}

function rootOf(schema: GraphQLSchema, kind: OperationCall['kind']) {
  if (kind === 'query') return schema.getQueryType();
  return kind === 'mutation' ? schema.getMutationType() : schema.getSubscriptionType();
}

function selection(type: GraphQLOutputType, asked: Asked, above: readonly string[] = []): string {
  const named = getNamedType(type);
  if (isLeafType(named)) return '';
  if (asked === 'name' || !isObjectType(named)) return '{ __typename }';
  // Nodes are asked for directly: edges hold the same once more.
  const fields = Object.values(named.getFields()).filter(
    ({ name, args, type: of }) => name !== 'edges' && !args.some(isRequiredArgument) && !above.includes(getNamedType(of).name),
  );
  return `{ ${fields.map((field) => `${field.name} ${selection(field.type, asked, [...above, named.name])}`.trim()).join(' ')} }`;
}

function sample({ name, type, defaultValue }: GraphQLArgument | GraphQLInputField): unknown {
  if (defaultValue !== undefined) return defaultValue;
  const required = isNonNullType(type) ? type.ofType : type;
  if (isListType(required)) return [];
  if (isEnumType(required)) return required.getValues()[0]?.name;
  if (isInputObjectType(required)) return {};
  const scalar = getNamedType(required).name;
  if (scalar === 'Boolean') return false;
  if (scalar === 'Int' || scalar === 'Float') return 1;
  if (scalar === 'DateTime') return new Date(Date.now() + 3_600_000).toISOString();
  if (scalar === 'JSON') return {};
  return name === 'extension' ? 'nobody.nothing' : '00000000-0000-7000-8000-00000000dead';
}

function literal(value: unknown, type: GraphQLInputType): string {
  const named = isNonNullType(type) ? type.ofType : type;
  if (value === null || value === undefined) return 'null';
  if (isListType(named)) return `[${(value as readonly unknown[]).map((item) => literal(item, named.ofType)).join(', ')}]`;
  if (named instanceof GraphQLEnumType) return value as string;
  if (isInputObjectType(named)) {
    const given = value as Record<string, unknown>;
    const fields = Object.values(named.getFields()).filter((field) => field.name in given || isNonNullType(field.type));
    return `{ ${fields.map((field) => `${field.name}: ${literal(field.name in given ? given[field.name] : sample(field), field.type)}`).join(', ')} }`;
  }
  return plain(value);
}

function plain(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(plain).join(', ')}]`;
  if (typeof value === 'object' && value !== null)
    return `{ ${Object.entries(value)
      .map(([key, inner]) => `${key}: ${plain(inner)}`)
      .join(', ')} }`;
  return JSON.stringify(value);
}
