// Requests that a curious caller would try: every root field of the schema, its arguments made of what belongs to somebody else, of guesses and of tricks.
import fc from 'fast-check';
import {
  buildSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  type GraphQLInputType,
  type GraphQLOutputType,
} from 'graphql';

export interface GeneratedRequest {
  readonly kind: 'query' | 'mutation' | 'subscription';
  readonly field: string;
  readonly document: string;
}

const TRICKS: readonly string[] = [
  '',
  '0',
  '1',
  '-1',
  '9007199254740993',
  '%',
  '_',
  '*',
  '~',
  '__proto__',
  'constructor',
  '../..',
  "' or true --",
  '") or ("1"="1',
  '$tenant',
  'null',
  '{"$ne":null}',
  '00000000-0000-0000-0000-000000000000',
  '\u0000',
];

/** `theirs`: ids, keys, cursors and positions of the other tenant. Fields named in `without` are left out. */
export function requestsAbout(sdl: string, theirs: readonly string[], without: readonly string[] = []): fc.Arbitrary<GeneratedRequest> {
  const schema = buildSchema(sdl);
  const text = textOf(theirs);
  const roots = [
    ['query', schema.getQueryType()],
    ['mutation', schema.getMutationType()],
    ['subscription', schema.getSubscriptionType()],
  ] as const;
  const fields = roots
    .flatMap(([kind, root]) => Object.values(root?.getFields() ?? {}).map((field) => ({ kind, field })))
    .filter(({ field }) => !without.includes(field.name));
  const one = fields.map(({ kind, field }) => {
    const given = field.args.map((argument) => {
      const value = literal(argument.type, text, argument.name, 0);
      const named = value.map((shown) => `${argument.name}: ${shown}`);
      return isRequiredArgument(argument) ? named : fc.option(named, { nil: null, freq: 2 });
    });
    return fc.tuple(...given).map((values): GeneratedRequest => {
      const shown = values.filter((value) => value !== null);
      const document = `${kind} { ${field.name}${shown.length === 0 ? '' : `(${shown.join(', ')})`} ${selection(field.type)} }`;
      return { kind, field: field.name, document };
    });
  });
  // Questions more often than wishes: most wishes are refused for what they are.
  return fc.oneof(...one.map((arbitrary, index) => ({ arbitrary, weight: fields[index]?.kind === 'query' ? 4 : 1 })));
}

/** Whatever it asks for, the answer to a field is asked for with all that needs no argument, two levels deep. */
function selection(type: GraphQLOutputType, depth = 0): string {
  const named = getNamedType(type);
  if (isLeafType(named)) return '';
  if (!isObjectType(named)) return '{ __typename }';
  const fields = Object.values(named.getFields()).filter(
    ({ name, args, type: of }) => name !== 'edges' && !args.some(isRequiredArgument) && (depth < 2 || isLeafType(getNamedType(of))),
  );
  return fields.length === 0
    ? '{ __typename }'
    : `{ ${fields.map((field) => `${field.name} ${selection(field.type, depth + 1)}`).join(' ')} }`;
}

function textOf(theirs: readonly string[]): fc.Arbitrary<string> {
  const foreign = fc.constantFrom(...theirs);
  const swapped = fc.tuple(foreign, fc.nat(200), fc.constantFrom('0', 'a', 'f', '9', '-')).map(([value, at, by]) => {
    const place = at % Math.max(1, value.length);
    return value.slice(0, place) + by + value.slice(place + 1);
  });
  const cut = fc.tuple(foreign, fc.nat(40)).map(([value, length]) => value.slice(0, length));
  const joined = fc.tuple(foreign, foreign, fc.constantFrom('~', ':', ',', '|', '/')).map(([a, b, by]) => a + by + b);
  const encoded = joined.map((value) => Buffer.from(JSON.stringify([value])).toString('base64url'));
  return fc.oneof(
    { weight: 6, arbitrary: foreign },
    { weight: 2, arbitrary: swapped },
    { weight: 1, arbitrary: cut },
    { weight: 1, arbitrary: joined },
    { weight: 1, arbitrary: encoded },
    { weight: 2, arbitrary: fc.constantFrom(...TRICKS) },
    { weight: 1, arbitrary: fc.uuid() },
  );
}

function literal(type: GraphQLInputType, text: fc.Arbitrary<string>, name: string, depth: number): fc.Arbitrary<string> {
  const required = isNonNullType(type) ? type.ofType : type;
  if (isListType(required)) {
    return fc.array(literal(required.ofType, text, name, depth), { maxLength: 3 }).map((items) => `[${items.join(', ')}]`);
  }
  if (isEnumType(required)) return fc.constantFrom(...required.getValues().map((value) => value.name));
  if (isInputObjectType(required)) {
    const parts = Object.values(required.getFields()).map((field) => {
      const value = literal(field.type, text, field.name, depth + 1).map((shown) => `${field.name}: ${shown}`);
      return isNonNullType(field.type) ? value : fc.option(value, { nil: null, freq: depth > 1 ? 1 : 3 });
    });
    return fc.tuple(...parts).map((values) => `{ ${values.filter((value) => value !== null).join(', ')} }`);
  }
  switch (getNamedType(required).name) {
    case 'Boolean':
      return fc.constantFrom('true', 'false');
    case 'Int':
    case 'Float':
      return name === 'first' ? fc.constantFrom('1', '5', '20', '201', '0') : fc.integer({ min: -2, max: 1_000 }).map(String);
    case 'DateTime':
      return fc.constantFrom('"2026-01-01T00:00:00.000Z"', '"2099-01-01T00:00:00.000Z"', '"1970-01-01T00:00:00.000Z"');
    case 'JSON':
      return fc.oneof(
        text.map((value) => JSON.stringify(value)),
        text.map((value) => `{ key: ${JSON.stringify(value)} }`),
      );
    default:
      return text.map((value) => JSON.stringify(value));
  }
}
