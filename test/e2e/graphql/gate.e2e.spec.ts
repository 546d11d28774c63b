// Who may ask what, what the audit trail says of it, and in which words a refusal comes back.
import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ask, asNobody, asOperator, asReader, send } from './ask.js';
import { startEdge, TENANT_A, TENANT_B, TOKENS, type EdgeApp } from './edge-app.js';

let edge: EdgeApp;
beforeAll(async () => {
  edge = await startEdge();
});
afterAll(() => edge?.close());
beforeEach(() => {
  edge.world.entries.length = 0;
  edge.world.lines.length = 0;
  edge.world.ran = 0;
  edge.world.auditMode = 'well';
});

const entries = () => edge.world.entries.map(({ operation, outcome, subject, code }) => [operation, outcome, subject, code ?? null]);

describe('U-01 one audit entry for each root field, before its answer', () => {
  it('an allowed read', async () => {
    const { data, status } = await ask(edge, '{ thing(id: "7") { name } }');
    expect([status, data]).toEqual([200, { thing: { name: 'a thing' } }]);
    expect(entries()).toEqual([['query.thing', 'allowed', 'thing:7', null]]);
    expect(edge.world.entries[0]).toMatchObject({ tenant: TENANT_A, actor: `user-${TOKENS.reader}`, actorKind: 'user' });
  });

  it('a denied read: the field is not run, and the entry names the right', async () => {
    const { data, errors, codes } = await ask(edge, '{ thing(id: "7") { name } }', asNobody);
    expect([data, codes]).toEqual([null, ['REQUEST_DENIED']]);
    expect(errors[0]?.extensions).toMatchObject({ kind: 'denied', facts: { operation: 'query.thing', right: 'extension.read' } });
    expect(edge.world.ran).toBe(0);
    expect(entries()).toEqual([['query.thing', 'denied', 'thing:7', 'REQUEST_DENIED']]);
    expect(edge.world.entries[0]?.facts).toEqual({ right: 'extension.read' });
  });

  it('a failed read', async () => {
    expect((await ask(edge, '{ thing(id: "missing") { name } }')).codes).toEqual(['REQUEST_NOT_FOUND']);
    expect(entries()).toEqual([['query.thing', 'failed', 'thing:missing', 'REQUEST_NOT_FOUND']]);
  });

  it('each of several fields, aliases included, each by its own right', async () => {
    const { data, codes } = await ask(edge, '{ a: thing(id: "1") { id } b: thing(id: "2") { id } me state }');
    expect(codes).toEqual(['REQUEST_DENIED']);
    expect(data).toBeNull();
    expect(entries().sort()).toEqual([
      ['query.me', 'allowed', null, null],
      ['query.state', 'denied', null, 'REQUEST_DENIED'],
      ['query.thing', 'allowed', 'thing:1', null],
      ['query.thing', 'allowed', 'thing:2', null],
    ]);
  });

  it('a right of the platform is asked for on the platform, not in the tenant', async () => {
    expect((await ask(edge, '{ state }', asReader)).codes).toEqual(['REQUEST_DENIED']);
    expect((await ask(edge, '{ state }', asOperator)).data).toEqual({ state: 'well' });
  });

  it('a right held in one tenant is not held in another', async () => {
    expect((await ask(edge, '{ thing(id: "1") { id } }', { ...asReader, 'kari-tenant': TENANT_B })).codes).toEqual(['REQUEST_DENIED']);
    expect(edge.world.entries[0]).toMatchObject({ tenant: TENANT_B, outcome: 'denied' });
  });

  it('a command leaves authorising and auditing to the command bus', async () => {
    expect((await ask(edge, 'mutation { command }', asNobody)).data).toEqual({ command: 'sent' });
    expect(entries()).toEqual([]);
  });

  it('a refused credential leaves one entry of its own', async () => {
    expect((await ask(edge, '{ me }', { ...asReader, authorization: 'Bearer unknown' })).status).toBe(401);
    expect(entries()).toEqual([['request.authenticate', 'denied', null, 'REQUEST_UNAUTHENTICATED']]);
  });
});

describe('U-02 no audit, no service', () => {
  it.each(['down', 'slow'] as const)(
    'with the trail %s a read is refused with 503 within two seconds, and served again after',
    async (mode) => {
      edge.world.auditMode = mode;
      const started = performance.now();
      const { status, data, codes, text } = await ask(edge, '{ thing(id: "7") { name } }');
      expect([status, data, codes]).toEqual([503, null, ['REQUEST_UNAVAILABLE']]);
      expect(performance.now() - started).toBeLessThan(2_000);
      expect(text).not.toContain('a thing');
      edge.world.auditMode = 'well';
      expect((await ask(edge, '{ thing(id: "7") { name } }')).status).toBe(200);
    },
  );

  it('with the trail down a mutation does not act', async () => {
    edge.world.auditMode = 'down';
    expect((await ask(edge, 'mutation { touch(value: 1) }', asOperator)).status).toBe(503);
    expect(edge.world.ran).toBe(0);
  });

  it('with the trail down a refused credential is not answered as refused', async () => {
    edge.world.auditMode = 'down';
    expect((await ask(edge, '{ me }', { ...asReader, authorization: 'Bearer unknown' })).status).toBe(503);
  });
});

describe('Z-04 fail closed without one tenant and one credential', () => {
  // Over a raw request: fetch would join repeated headers before they leave.
  const raw = (headers: readonly string[]): Promise<number> =>
    new Promise((resolve, reject) => {
      const { host, port } = new URL(edge.url);
      const body = JSON.stringify({ query: '{ me }' });
      const sent = httpRequest(
        {
          port,
          host: '127.0.0.1',
          path: '/graphql',
          method: 'POST',
          headers: ['Host', host, 'Content-Type', 'application/json', 'Content-Length', String(body.length), ...headers],
        },
        (response) => {
          response.resume();
          response.once('end', () => resolve(response.statusCode ?? 0));
        },
      );
      sent.once('error', reject);
      sent.end(body);
    });
  const token = ['Authorization', `Bearer ${TOKENS.reader}`];
  const cases: readonly (readonly [string, readonly string[], number])[] = [
    ['one of each', [...token, 'Kari-Tenant', TENANT_A], 200],
    ['other case of the names', ['AUTHORIZATION', `Bearer ${TOKENS.reader}`, 'kArI-tEnAnT', TENANT_A], 200],
    ['no tenant', token, 400],
    ['an empty tenant', [...token, 'Kari-Tenant', ''], 400],
    ['two tenants', [...token, 'Kari-Tenant', TENANT_A, 'Kari-Tenant', TENANT_B], 400],
    ['the same tenant twice', [...token, 'Kari-Tenant', TENANT_A, 'kari-tenant', TENANT_A], 400],
    ['two tenants in one value', [...token, 'Kari-Tenant', `${TENANT_A}, ${TENANT_B}`], 400],
    ['the tenant as a list', [...token, 'Kari-Tenant', `["${TENANT_A}"]`], 400],
    ['the tenant in upper case', [...token, 'Kari-Tenant', TENANT_A.toUpperCase()], 400],
    ['no credential', ['Kari-Tenant', TENANT_A], 401],
    ['two credentials', [...token, ...token, 'Kari-Tenant', TENANT_A], 401],
    ['another scheme', ['Authorization', 'Basic dG9rZW4=', 'Kari-Tenant', TENANT_A], 401],
    ['an idempotency key that is none', [...token, 'Kari-Tenant', TENANT_A, 'Idempotency-Key', 'again'], 400],
  ];
  it.each(cases)('%s', async (_name, headers, status) => {
    expect(await raw(headers)).toBe(status);
  });

  it('an authenticator that fails lets nobody in and tells nothing', async () => {
    edge.world.authenticatorFails = true;
    const { status, codes, text } = await ask(edge, '{ me }');
    edge.world.authenticatorFails = false;
    expect([status, codes]).toEqual([500, ['REQUEST_FAILED']]);
    expect(text).not.toMatch(/db\.internal|at .*\.ts/);
  });
});

describe('errors have one form', () => {
  const form = (answer: Awaited<ReturnType<typeof ask>>) =>
    answer.errors.map(({ message, extensions }) => ({ message, keys: Object.keys(extensions).sort() }));

  it('says what, why and what next, with the correlation id of the request', async () => {
    const id = '0195b6a0-0000-7000-8000-0000000000cc';
    const { errors, headers } = await ask(edge, '{ thing(id: "missing") { name } }', { ...asReader, 'x-correlation-id': id });
    expect(errors[0]).toMatchObject({
      message: 'There is no thing missing here.',
      path: ['thing'],
      extensions: {
        code: 'REQUEST_NOT_FOUND',
        kind: 'missing',
        next: 'Check the id and the tenant.',
        facts: { thing: 'thing', id: 'missing' },
        correlationId: id,
      },
    });
    expect(headers.get('x-correlation-id')).toBe(id);
    expect(edge.world.entries[0]?.correlationId).toBe(id);
  });

  it('what nobody foresaw is REQUEST_FAILED, logged once, and shows no stack and no words of the error', async () => {
    const { errors, text, headers } = await ask(edge, '{ thing(id: "boom") { name } }');
    expect(errors).toEqual([
      {
        message: 'Something went wrong inside the platform.',
        locations: [{ line: 1, column: 3 }],
        path: ['thing'],
        extensions: {
          code: 'REQUEST_FAILED',
          kind: 'failed',
          next: 'Report the correlation id to the operator.',
          correlationId: headers.get('x-correlation-id'),
        },
      },
    ]);
    expect(text).not.toMatch(/boom|secret|\.ts/);
    const logged = edge.world.lines.filter((line) => line.includes('boom'));
    expect(logged).toHaveLength(1);
    expect(JSON.parse(logged[0] ?? '{}')).toMatchObject({
      level: 'error',
      correlationId: headers.get('x-correlation-id'),
      error: { name: 'Error' },
    });
    expect(logged[0]).not.toContain('hunter2hunter2');
  });

  it.each([
    ['syntax', '{ thing(', 'REQUEST_SYNTAX'],
    ['an unknown field, without a hint', '{ thin(id: "1") { id } }', 'REQUEST_DOCUMENT'],
    ['a missing argument', '{ thing { id } }', 'REQUEST_DOCUMENT'],
    ['several operations, none named', 'query A { me } query B { me }', 'REQUEST_OPERATION'],
    ['a subscription, which has no stream here', 'subscription { ticked { text } }', 'REQUEST_SUBSCRIPTION'],
    ['a page out of range', '{ things(first: 201) { nodes { id } } }', 'REQUEST_INVALID'],
    ['a cursor that is none', '{ things(after: "x") { nodes { id } } }', 'REQUEST_INVALID'],
  ])('%s', async (_name, query, code) => {
    const answer = await ask(edge, query);
    expect(answer.codes).toEqual([code]);
    expect(form(answer)[0]?.keys).toEqual(expect.arrayContaining(['code', 'correlationId', 'kind', 'next']));
    expect(answer.text).not.toMatch(/Did you mean/);
  });

  it('a value of the wrong type', async () => {
    expect((await ask(edge, 'query Q($id: ID!) { thing(id: $id) { id } }', asReader, { id: { a: 1 } })).codes).toEqual([
      'REQUEST_VARIABLES',
    ]);
  });

  it('a batch, a persisted query and an empty body are malformed', async () => {
    const post = (body: unknown) =>
      send(edge, { method: 'POST', headers: { ...asReader, 'content-type': 'application/json' }, body: JSON.stringify(body) });
    expect((await post([{ query: '{ me }' }, { query: '{ me }' }])).codes).toEqual(['REQUEST_MALFORMED']);
    expect((await post({ extensions: { persistedQuery: { version: 1, sha256Hash: 'ab' } } })).codes).toEqual(['REQUEST_MALFORMED']);
    expect((await post({})).codes).toEqual(['REQUEST_MALFORMED']);
  });
});

describe('pages and keys', () => {
  it('walks a list by its cursors, each row once', async () => {
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const { data } = await ask(
        edge,
        'query Q($after: String) { things(first: 50, after: $after) { nodes { id } pageInfo { endCursor hasNextPage } } }',
        asReader,
        { after },
      );
      const page = data?.['things'] as { nodes: { id: string }[]; pageInfo: { endCursor: string; hasNextPage: boolean } };
      seen.push(...page.nodes.map(({ id }) => id));
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
    } while (after !== null);
    expect(seen).toEqual(Array.from({ length: 120 }, (_, index) => String(index)));
  });

  it('a cursor of one tenant is none in another', async () => {
    const cursor = (await ask(edge, '{ things(first: 1) { pageInfo { endCursor } } }')).data as {
      things: { pageInfo: { endCursor: string } };
    };
    const elsewhere = { authorization: `Bearer ${TOKENS.other}`, 'kari-tenant': TENANT_B };
    const query = `{ things(after: "${cursor.things.pageInfo.endCursor}") { nodes { id } } }`;
    expect((await ask(edge, query)).codes).toEqual([]);
    expect((await ask(edge, query, elsewhere)).codes).toEqual(['REQUEST_INVALID']);
  });

  it('several mutations of one request get an id each, the same ones when it is repeated', async () => {
    const key = '0195b6a0-0000-7000-8000-0000000000aa';
    const run = async () =>
      (await ask(edge, 'mutation { a: touch(value: 1) b: touch(value: 2) }', { ...asOperator, 'idempotency-key': key })).data;
    const first = await run();
    expect(first).toEqual(await run());
    expect(first?.['a']).toBe(`1 ${key}`);
    expect(first?.['b']).not.toBe(`2 ${key}`);
  });
});
