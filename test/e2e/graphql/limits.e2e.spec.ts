// Documents made to cost: refused before they run, quickly, and never with a failure of ours.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { getIntrospectionQuery, parse } from 'graphql';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { documentHash } from '../../../libs/platform/src/graphql/persisted-documents.js';
import { ask, asNobody, asOperator, asReader, send } from './ask.js';
import { seedOf } from '../../support/seed.js';
import { patienceFor, sizeOf } from '../../support/size.js';
import { startEdge, type EdgeApp } from './edge-app.js';

let edge: EdgeApp;
beforeAll(async () => {
  edge = await startEdge();
  await ask(edge, '{ me }');
});
afterAll(() => edge?.close());

/** Server and client of these tests are one process: its processor time is what a document costs, whatever else runs on the machine. */
function processorMilliseconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** What is still held once everything that can be collected has been. */
function retainedMebibytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1_048_576;
}

const nested = (depth: number, field = 'parent'): string => `{ thing(id: "1") ${`{ ${field} `.repeat(depth)}{ id }${' }'.repeat(depth)} }`;
const exponential = (levels: number): string =>
  `query { thing(id: "1") { ...f0 } } ${Array.from({ length: levels }, (_, level) => `fragment f${level} on Thing { ${level === levels - 1 ? 'id' : `...f${level + 1} parent { ...f${level + 1} }`} }`).join(' ')}`;

describe('G-03 limits of documents', () => {
  const hostile: readonly (readonly [string, string, string | RegExp])[] = [
    ['depth', nested(12), 'REQUEST_TOO_COMPLEX'],
    ['aliases', `{ ${Array.from({ length: 16 }, (_, index) => `a${index}: me`).join(' ')} }`, 'REQUEST_TOO_COMPLEX'],
    [
      'aliases hidden in fragments',
      `{ thing(id: "1") { ...a ...a } } fragment a on Thing { ${Array.from({ length: 8 }, (_, index) => `a${index}: id`).join(' ')} }`,
      'REQUEST_TOO_COMPLEX',
    ],
    ['directives', `{ me ${'@skip(if: false) '.repeat(31)} }`, 'REQUEST_TOO_COMPLEX'],
    ['the same field again and again', `{ ${'me '.repeat(501)} }`, 'REQUEST_TOO_COMPLEX'],
    ['tokens', `{ ${'me '.repeat(2_600)} }`, 'REQUEST_SYNTAX'],
    ['a fragment in itself', '{ thing(id: "1") { ...a } } fragment a on Thing { ...b } fragment b on Thing { ...a }', 'REQUEST_DOCUMENT'],
    ['fragments that double at each level', exponential(24), 'REQUEST_TOO_COMPLEX'],
    ['lists in lists', nested(5, 'children'), 'REQUEST_TOO_COMPLEX'],
    ['large pages of lists', '{ things(first: 200) { nodes { children { id children { id } } } } }', 'REQUEST_TOO_COMPLEX'],
    ['operations', Array.from({ length: 11 }, (_, index) => `query Q${index} { me }`).join(' '), 'REQUEST_TOO_COMPLEX'],
    [
      'introspection in circles',
      `{ __schema { types ${'{ fields { type '.repeat(10)}{ name }${' } }'.repeat(10)} } }`,
      /REQUEST_(DOCUMENT|TOO_COMPLEX)/,
    ],
    ['braces without end', '{'.repeat(2_000), 'REQUEST_SYNTAX'],
  ];
  it.each(hostile)('%s', async (_name, document, code) => {
    const took: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      const started = processorMilliseconds();
      const { codes, status, data } = await ask(edge, document);
      took.push(processorMilliseconds() - started);
      expect([codes.length > 0, status < 500, data]).toEqual([true, true, null]);
      expect(codes[0]).toMatch(code);
    }
    expect(Math.min(...took)).toBeLessThan(50);
  });

  it('a page size that comes from a variable counts', async () => {
    const query = 'query Q($n: Int!) { things(first: $n) { nodes { children { id children { id } } } } }';
    expect((await ask(edge, query, asReader, { n: 200 })).codes).toEqual(['REQUEST_TOO_COMPLEX']);
    expect((await ask(edge, query, asReader, { n: 5 })).codes).toEqual([]);
  });

  it('a limit holds for a document that was judged before with smaller values', async () => {
    const query = 'query Again($n: Int = 2) { things(first: $n) { nodes { children { id children { id } } } } }';
    expect((await ask(edge, query)).codes).toEqual([]);
    expect((await ask(edge, query, asReader, { n: 200 })).codes).toEqual(['REQUEST_TOO_COMPLEX']);
  });

  it('what tools and people ask is served: introspection, depth 11, fifteen aliases', async () => {
    expect((await ask(edge, getIntrospectionQuery())).codes).toEqual([]);
    expect((await ask(edge, nested(10))).codes).toEqual([]);
    expect((await ask(edge, `{ ${Array.from({ length: 15 }, (_, index) => `a${index}: me`).join(' ')} }`)).codes).toEqual([]);
  });

  it('nobody introspects without a credential', async () => {
    expect(await ask(edge, '{ __schema { queryType { name } } }', {})).toMatchObject({ status: 401, codes: ['REQUEST_UNAUTHENTICATED'] });
  });

  it('a body too large, too deep, compressed or not JSON', async () => {
    const post = (body: string | Uint8Array, headers: Record<string, string> = {}) =>
      send(edge, { method: 'POST', headers: { ...asReader, 'content-type': 'application/json', ...headers }, body });
    expect(await post(JSON.stringify({ query: '{ me }', variables: { filler: 'x'.repeat(1_100_000) } }))).toMatchObject({
      status: 413,
      codes: ['REQUEST_TOO_LARGE'],
    });
    expect(await post(`{"query":"{ me }","variables":{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}}`)).toMatchObject({
      status: 400,
      codes: ['REQUEST_MALFORMED'],
    });
    expect(await post('{"query":"{ me }"}', { 'content-encoding': 'gzip' })).toMatchObject({ status: 415, codes: ['REQUEST_MEDIA_TYPE'] });
    expect(await post('{"query":')).toMatchObject({ status: 400, codes: ['REQUEST_MALFORMED'] });
  });

  it(
    'hostile documents of every kind are answered in time and without a failure of ours (T1 300, T2 10,000)',
    async () => {
      const name = fc.constantFrom('me', 'thing', 'things', 'parent', 'children', '__typename', '__schema', 'nodes', 'x');
      const field: fc.Arbitrary<string> = fc.letrec<{ field: string }>((tie) => ({
        field: fc
          .tuple(
            fc.constantFrom('', 'a: ', 'b: '),
            name,
            fc.constantFrom('', '(id: "1")', '(first: 200)', '(first: $n)', '(id: {a: [[[]]]})'),
            fc.constantFrom('', '@skip(if: false)', '@include(if: $b)', '@x'),
            fc.oneof({ depthSize: 'small' }, fc.constant([]), fc.array(tie('field'), { maxLength: 6 })),
            fc.constantFrom('', '...f', '... on Thing { id ...f }'),
          )
          .map(
            ([alias, called, args, directive, inner, spread]) =>
              `${alias}${called}${args} ${directive} ${inner.length > 0 || spread !== '' ? `{ ${inner.join(' ')} ${spread} }` : ''}`,
          ),
      })).field;
      const document = fc
        .tuple(
          fc.constantFrom('query Q($n: Int, $b: Boolean!)', 'mutation', 'subscription', '', 'query'),
          fc.array(field, { minLength: 1, maxLength: 8 }),
          field,
          fc.integer({ min: 1, max: 40 }),
        )
        .map(
          ([operation, fields, inFragment, times]) =>
            `${operation} { ${fields.join(' ').concat(' ').repeat(times)} } fragment f on Thing { id ${inFragment} }`,
        );
      const took: number[] = [];
      const memory = retainedMebibytes();
      await fc.assert(
        fc.asyncProperty(document, async (query) => {
          const started = processorMilliseconds();
          const { status, codes } = await ask(edge, query, asReader, { n: 200, b: true });
          took.push(processorMilliseconds() - started);
          expect(status).toBeLessThan(500);
          expect(codes).not.toContain('REQUEST_FAILED');
        }),
        { numRuns: sizeOf('G-03', { t1: 300, t2: 10_000 }), seed: seedOf('G-03') },
      );
      took.sort((a, b) => a - b);
      const at = (share: number) => took[Math.floor(took.length * share)] ?? 0;
      process.stdout.write(
        `hostile documents, processor time: p50 ${at(0.5).toFixed(1)} ms, p95 ${at(0.95).toFixed(1)} ms, slowest ${at(0.999).toFixed(1)} ms\n`,
      );
      expect(at(0.95)).toBeLessThan(50);
      expect(retainedMebibytes() - memory).toBeLessThan(64);
    },
    patienceFor(30_000),
  );
});

describe('G-03 where only laid-down documents are run', () => {
  let strict: EdgeApp;
  beforeAll(async () => {
    strict = await startEdge({
      limits: { documents: new Set(['query Who { me }', 'query One($id: ID!) { thing(id: $id) { id } }'].map(hashOf)) },
    });
  });
  afterAll(() => strict?.close());
  const hashOf = (text: string): string => documentHash(parse(text));

  it('those are served, with any values and in any spelling', async () => {
    expect((await ask(strict, 'query Who{me}')).codes).toEqual([]);
    expect((await ask(strict, '# one\nquery One($id: ID!) { thing(id: $id) { id } }', asReader, { id: '7' })).data).toEqual({
      thing: { id: '7' },
    });
  });

  it('every other is refused, over HTTP and WebSocket, introspection among them', async () => {
    const others = [
      '{ me }',
      'query Who { me a: me }',
      'query Who { me } query More { me }',
      'mutation { keep(input: { name: "a", value: "b" }) }',
    ];
    for (const other of [...others, getIntrospectionQuery(), 'subscription { ticked { text } }']) {
      const { status, codes, data } = await ask(strict, other);
      expect([other, status, codes, data]).toEqual([other, 403, ['REQUEST_NOT_PERSISTED'], null]);
    }
    const client = createClient({
      url: `${strict.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: asReader.authorization, tenant: asReader['kari-tenant'] },
      retryAttempts: 0,
    });
    const errors = await new Promise((resolve) => {
      client.subscribe({ query: 'subscription { ticked { text } }' }, { next: resolve, error: resolve, complete: () => resolve(null) });
    });
    expect(errors).toMatchObject([{ extensions: { code: 'REQUEST_NOT_PERSISTED' } }]);
    await client.dispose();
  });

  it(
    'of any generated ones, none is run',
    async () => {
      const field = fc.constantFrom('me', 'thing(id: "1") { id }', 'things { nodes { id } }', '__typename', 'a: me', '...on Query { me }');
      const document = fc.array(field, { minLength: 1, maxLength: 4 }).map((fields) => `query Who { ${fields.join(' ')} }`);
      await fc.assert(
        fc.asyncProperty(document, async (query) => {
          const { codes } = await ask(strict, query);
          expect([query, codes]).toEqual([query, query === 'query Who { me }' ? [] : ['REQUEST_NOT_PERSISTED']]);
        }),
        { numRuns: sizeOf('G-03 persisted', { t1: 50, t2: 1_000 }), seed: seedOf('G-03 persisted') },
      );
    },
    patienceFor(30_000),
  );
});

describe('G-06 and G-07: what is counted is operations', () => {
  let counted: EdgeApp;
  beforeAll(async () => {
    counted = await startEdge();
    counted.world.rates = { tenant: 1_000_000, token: 5, extension: 1 };
  });
  afterAll(() => counted?.close());

  const aliases = (count: number): string => `{ ${Array.from({ length: count }, (_, index) => `a${index}: me`).join(' ')} }`;

  it('ten fields by alias, in fragments or one by one are ten; the eleventh waits', async () => {
    const inFragments = '{ ...f ...f b: me } fragment f on Query { ... on Query { c: me } d: me }';
    expect((await ask(counted, aliases(6))).codes).toEqual([]);
    expect((await ask(counted, inFragments)).codes).toEqual([]);
    expect((await ask(counted, '{ me }')).codes).toEqual([]);
    const { status, codes, data, headers, errors } = await ask(counted, aliases(3));
    expect([status, codes, data]).toEqual([429, ['REQUEST_RATE_LIMITED'], null]);
    expect(headers.get('retry-after')).toMatch(/^[12]$/);
    expect(errors[0]?.extensions).toMatchObject({ kind: 'limit', facts: { scope: 'token', perSecond: 5 } });
  });

  it('nothing of a refused request is run, and its refusal is written down once', async () => {
    await ask(counted, aliases(10), asOperator);
    counted.world.entries.length = 0;
    const before = counted.world.ran;
    for (let index = 0; index < 4; index += 1)
      expect((await ask(counted, 'mutation { a: touch(value: 1) b: touch(value: 2) c: touch(value: 3) }', asOperator)).status).toBe(429);
    expect(counted.world.ran).toBe(before);
    expect(counted.world.entries.map(({ operation, outcome, code }) => [operation, outcome, code])).toEqual([
      ['request.limit', 'denied', 'REQUEST_RATE_LIMITED'],
    ]);
  });

  it('a WebSocket is no way around, and stays open', async () => {
    const client = createClient({
      url: `${counted.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      lazy: false,
      connectionParams: { authorization: asNobody.authorization, tenant: asNobody['kari-tenant'] },
      retryAttempts: 0,
    });
    const one = (query: string): Promise<unknown> =>
      new Promise((resolve) => client.subscribe({ query }, { next: resolve, error: resolve, complete: () => resolve(null) }));
    expect(await one(aliases(10))).toMatchObject({ data: { a0: expect.any(String) } });
    expect(await one(aliases(10))).toMatchObject([{ extensions: { code: 'REQUEST_RATE_LIMITED' } }]);
    await client.dispose();
  });

  it('with the trail down a first refusal is not answered as one', async () => {
    const other = await startEdge();
    other.world.rates = { tenant: 1, token: 1, extension: 1 };
    await ask(other, aliases(2));
    other.world.auditMode = 'down';
    expect((await ask(other, aliases(2))).status).toBe(503);
    await other.close();
  });

  it('a batch is refused, so it counts for nothing', async () => {
    const body = JSON.stringify(Array.from({ length: 10 }, () => ({ query: '{ me }' })));
    const { status, codes } = await send(counted, { method: 'POST', headers: { ...asReader, 'content-type': 'application/json' }, body });
    expect([status, codes]).toEqual([400, ['REQUEST_MALFORMED']]);
  });
});
