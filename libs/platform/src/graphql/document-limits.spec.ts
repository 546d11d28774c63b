import { describe, expect, it } from '@jest/globals';
import type { Rejection } from '@kari/kernel';
import { buildSchema, getOperationAST, parse } from 'graphql';
import { brokenCost, brokenLimit, defaultLimits, type DocumentLimits } from './document-limits.js';

const schema = buildSchema(`
  type Query { thing: Thing, things(first: Int = 50): ThingConnection, named(name: String): Node }
  interface Node { id: ID }
  type Thing implements Node { id: ID, name: String, parent: Thing, children: [Thing!]! }
  type ThingEdge { node: Thing }
  type ThingConnection { nodes: [Thing!]!, edges: [ThingEdge!]!, total: Int }
`);

const limitOf = (query: string, limits: Partial<DocumentLimits> = {}) => brokenLimit(parse(query), { ...defaultLimits, ...limits })?.facts;

/** The cost as judged: the least limit that lets it pass. */
function costOf(query: string, variables: Record<string, unknown> = {}): number | string {
  const document = parse(query);
  const operation = getOperationAST(document);
  if (!operation) throw new Error('no operation');
  const broken: Rejection | null = brokenCost(schema, document, operation, variables, { ...defaultLimits, cost: 0 });
  return broken?.facts['found'] as number;
}

describe('what a document asks at most', () => {
  it('counts depth, aliases, directives and fields with fragments spread out', () => {
    expect(limitOf('{ a { b { c } } }', { depth: 2 })).toEqual({ limit: 'the depth', found: 3, most: 2 });
    expect(limitOf('{ ...f ...f } fragment f on Query { x: a y: b }', { aliases: 3 })).toMatchObject({ found: 4 });
    expect(limitOf('query @d { a @d ... @d { b @d } ...f @d } fragment f on Query { c @d }', { directives: 5 })).toMatchObject({
      found: 6,
    });
    expect(limitOf('{ a { b c } ...f } fragment f on Query { d }', { fields: 3 })).toMatchObject({ found: 4 });
    expect(limitOf('{ a }')).toBeUndefined();
  });

  it('judges every operation of a document, and their number', () => {
    expect(limitOf('query A { a } query B { a { b { c } } }', { depth: 2 })).toMatchObject({ limit: 'the depth' });
    expect(limitOf('query A { a } query B { a }', { operations: 1 })).toMatchObject({ limit: 'the number of operations' });
  });

  it('ends on fragments in circles, and is quick on fragments that double', () => {
    expect(limitOf('{ ...a } fragment a on Query { x ...b } fragment b on Query { y ...a }')).toBeUndefined();
    const doubling = Array.from(
      { length: 300 },
      (_, level) => `fragment f${level} on Query { a ${level < 299 ? `...f${level + 1} ...f${level + 1}` : ''} }`,
    );
    expect(limitOf(`{ ...f0 } ${doubling.join(' ')}`)).toMatchObject({ limit: 'the number of fields' });
  });

  it('lets tools introspect, but not without end', () => {
    expect(limitOf(`{ __schema { types ${'{ ofType '.repeat(12)}{ name }${' }'.repeat(12)} } }`)).toBeUndefined();
    expect(limitOf(`{ __schema { types ${'{ ofType '.repeat(40)}{ name }${' }'.repeat(40)} } }`)).toMatchObject({ limit: 'the depth' });
  });
});

describe('what it costs', () => {
  it('one for each field, the inside of a list as often as it repeats', () => {
    expect(costOf('{ thing { id name } }')).toBe(3);
    expect(costOf('{ thing { children { id } } }')).toBe(1 + 1 + 10);
    expect(costOf('{ things(first: 5) { nodes { id name } total } }')).toBe(1 + (1 + 5 * 2) + 1);
    expect(costOf('{ things(first: 5) { edges { node { id } } } }')).toBe(1 + 1 + 5 * (1 + 1));
  });

  it('the size of a page is the argument, the variable, its default, or the argument’s default; never more than a page may have', () => {
    expect(costOf('{ things { nodes { id } } }')).toBe(52);
    expect(costOf('query Q($n: Int) { things(first: $n) { nodes { id } } }', { n: 7 })).toBe(9);
    expect(costOf('query Q($n: Int = 3) { things(first: $n) { nodes { id } } }')).toBe(5);
    expect(costOf('{ things(first: 1000000) { nodes { id } } }')).toBe(202);
    expect(costOf('{ things(first: -5) { nodes { id } } }')).toBe(3);
  });

  it('fragments cost where they are spread, under the size of their page', () => {
    expect(costOf('{ named { ...f } thing { ...f } } fragment f on Thing { children { id } }')).toBe(2 * (1 + 1 + 10));
    expect(costOf('{ a: things(first: 2) { ...f } b: things(first: 4) { ...f } } fragment f on ThingConnection { nodes { id } }')).toBe(
      1 + 1 + 2 + 1 + 1 + 4,
    );
  });
});
