// What a foreign page can make a browser send without asking: none of it does anything.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { asOperator, asReader, send } from './ask.js';
import { startEdge, type EdgeApp } from './edge-app.js';

let edge: EdgeApp;
beforeAll(async () => {
  edge = await startEdge();
});
afterAll(() => edge?.close());
beforeEach(() => {
  edge.world.ran = 0;
});

const MUTATION = 'mutation { touch(value: 1) }';
const json = JSON.stringify({ query: MUTATION });

describe('G-04 requests that need no pre-flight', () => {
  const bodies: readonly (readonly [string, string, string])[] = [
    ['text/plain', 'text/plain', json],
    ['text/plain that says it is JSON', 'text/plain; application/json', json],
    ['a form', 'application/x-www-form-urlencoded', `query=${encodeURIComponent(MUTATION)}`],
    [
      'multipart',
      'multipart/form-data; boundary=x',
      `--x\r\nContent-Disposition: form-data; name="operations"\r\n\r\n${json}\r\n--x--\r\n`,
    ],
    ['a raw document', 'application/graphql', MUTATION],
    ['another charset', 'application/json; charset=utf-16', json],
    ['nothing', '', json],
  ];
  it.each(bodies)('%s is refused, with a credential and without', async (_name, type, body) => {
    for (const headers of [asOperator, {}]) {
      const request = new Request(`${edge.url}/graphql`, { method: 'POST', headers, body });
      if (type === '') request.headers.delete('content-type');
      else request.headers.set('content-type', type);
      const response = await fetch(request);
      expect(response.status).toBe(415);
      expect(((await response.json()) as { errors: { extensions: { code: string } }[] }).errors[0]?.extensions.code).toBe(
        'REQUEST_MEDIA_TYPE',
      );
    }
    expect(edge.world.ran).toBe(0);
  });

  it('a mutation by GET is refused, in every spelling', async () => {
    const get = (query: string, more = '') => send(edge, { headers: asOperator }, `/graphql?query=${encodeURIComponent(query)}${more}`);
    expect(await get(MUTATION)).toMatchObject({ status: 405, codes: ['REQUEST_METHOD'] });
    expect(await get(`query A { me } ${MUTATION.replace('mutation', 'mutation B')}`, '&operationName=B')).toMatchObject({
      status: 405,
      codes: ['REQUEST_METHOD'],
    });
    expect((await get('subscription { ticked { text } }')).status).toBe(405);
    expect(
      (await send(edge, { method: 'PUT', headers: { ...asOperator, 'content-type': 'application/json' }, body: json })).status,
    ).toBeGreaterThanOrEqual(400);
    expect(edge.world.ran).toBe(0);
  });

  it('a query by GET needs a header that no foreign page can send', async () => {
    const path = `/graphql?query=${encodeURIComponent('{ me }')}`;
    expect((await send(edge, { headers: asReader }, path)).status).toBe(200);
    expect((await send(edge, {}, path)).status).toBe(400);
  });

  it('answers carry no leave for foreign pages to read them', async () => {
    const { headers } = await send(edge, {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    });
    expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});
