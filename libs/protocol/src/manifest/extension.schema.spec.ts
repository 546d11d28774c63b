// The schema and the types say the same; every property of the schema explains itself.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { platformVersion } from './platform-version.js';

type Node = Readonly<Record<string, unknown>>;

const schema = JSON.parse(readFileSync(new URL('./extension.schema.json', import.meta.url), 'utf8')) as Node;
const definitions = schema['$defs'] as Readonly<Record<string, Node>>;

describe('extension.schema.json', () => {
  it('says the same as the type Manifest', () => {
    const file = fileURLToPath(new URL('./manifest.ts', import.meta.url));
    const program = ts.createProgram([file], {
      strict: true,
      exactOptionalPropertyTypes: true,
      module: ts.ModuleKind.NodeNext,
      target: ts.ScriptTarget.ES2023,
      types: [],
    });
    const checker = program.getTypeChecker();
    const source = program.getSourceFile(file)!;
    const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(source)!).find(({ name }) => name === 'Manifest')!;
    expect(differences(checker, source, checker.getDeclaredTypeOfSymbol(exported), schema, '')).toEqual([]);
  });

  it('describes every property and refuses unknown keys everywhere', () => {
    const problems: string[] = [];
    walk(schema, '', (node, at) => {
      if (node['type'] === 'object' && node['additionalProperties'] === undefined) problems.push(`${at}: unknown keys are allowed`);
      for (const [name, property] of Object.entries((node['properties'] ?? {}) as Record<string, Node>)) {
        if (at.endsWith('/if')) continue;
        if (typeof property['description'] !== 'string') problems.push(`${at}/${name}: no description`);
        else if (property['default'] !== undefined && !property['description'].includes('efault'))
          problems.push(`${at}/${name}: default not told`);
      }
      if (node['type'] === 'array' && node['maxItems'] === undefined && !Array.isArray(node['enum'])) problems.push(`${at}: no limit`);
      if (typeof node['$ref'] === 'string' && definitions[node['$ref'].slice('#/$defs/'.length)] === undefined)
        problems.push(`${at}: ${node['$ref']}`);
    });
    expect(problems).toEqual([]);
  });

  it('is judged against the version of this repository', () => {
    const root = JSON.parse(readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8')) as { version: string };
    expect(platformVersion).toBe(root.version);
  });
});

function walk(node: unknown, at: string, visit: (node: Node, at: string) => void): void {
  if (typeof node !== 'object' || node === null) return;
  if (!Array.isArray(node)) visit(node as Node, at);
  for (const [key, child] of Object.entries(node)) walk(child, `${at}/${key}`, visit);
}

function differences(checker: ts.TypeChecker, source: ts.SourceFile, type: ts.Type, node: Node, at: string): readonly string[] {
  const reference = node['$ref'] as string | undefined;
  if (reference === '#/$defs/foreignSchema')
    return type.aliasSymbol?.name === 'JsonSchema' || at.endsWith('chema') ? [] : checkAlias(checker, type, at);
  if (reference !== undefined) return differences(checker, source, type, definitions[reference.slice('#/$defs/'.length)]!, at);
  const bare = checker.getNonNullableType(type);
  const literals = node['enum'] as readonly string[] | undefined;
  if (literals !== undefined) {
    const values = (bare.isUnion() ? bare.types : [bare]).map((one) => (one.isStringLiteral() ? one.value : checker.typeToString(one)));
    return same(at, new Set(literals), new Set(values));
  }
  if (Array.isArray(node['type'])) return [];
  switch (node['type']) {
    case 'object': {
      const extra = node['additionalProperties'];
      if (typeof extra === 'object') {
        const value = checker.getIndexTypeOfType(bare, ts.IndexKind.String);
        return value === undefined ? [`${at}: the type is no record`] : differences(checker, source, value, extra as Node, `${at}/*`);
      }
      const properties = node['properties'] as Readonly<Record<string, Node>>;
      const required = new Set(node['required'] as readonly string[]);
      const symbols = new Map(checker.getPropertiesOfType(bare).map((symbol) => [symbol.name, symbol]));
      const found: string[] = [...same(at, new Set(Object.keys(properties)), new Set(symbols.keys()))];
      for (const [name, property] of Object.entries(properties)) {
        const symbol = symbols.get(name);
        if (symbol === undefined) continue;
        const optional = (symbol.flags & ts.SymbolFlags.Optional) !== 0;
        if (optional === required.has(name))
          found.push(`${at}/${name}: ${optional ? 'optional in the type only' : 'required in the type only'}`);
        found.push(...differences(checker, source, checker.getTypeOfSymbolAtLocation(symbol, source), property, `${at}/${name}`));
      }
      return found;
    }
    case 'array': {
      const element = checker.getIndexTypeOfType(bare, ts.IndexKind.Number);
      return element === undefined
        ? [`${at}: the type is no list`]
        : differences(checker, source, element, node['items'] as Node, `${at}/-`);
    }
    case 'integer':
    case 'number':
      return flagged(bare, ts.TypeFlags.NumberLike, at);
    case 'boolean':
      return flagged(bare, ts.TypeFlags.BooleanLike, at);
    case 'string':
      return flagged(bare, ts.TypeFlags.StringLike, at);
    default:
      return [];
  }
}

function checkAlias(checker: ts.TypeChecker, type: ts.Type, at: string): readonly string[] {
  const text = checker.typeToString(checker.getNonNullableType(type));
  return text === 'JsonSchema' || text === 'boolean | Readonly<Record<string, unknown>>' ? [] : [`${at}: ${text} is not JsonSchema`];
}

function flagged(type: ts.Type, flag: ts.TypeFlags, at: string): readonly string[] {
  return (type.flags & flag) !== 0 ? [] : [`${at}: another kind of value in the type`];
}

function same(at: string, schema: ReadonlySet<string>, type: ReadonlySet<string>): readonly string[] {
  return [
    ...[...schema].filter((name) => !type.has(name)).map((name) => `${at}: ${name} is only in the schema`),
    ...[...type].filter((name) => !schema.has(name)).map((name) => `${at}: ${name} is only in the type`),
  ];
}
