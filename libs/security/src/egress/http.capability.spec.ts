import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { BrokerCaller } from '@kari/sandbox/contract';
import { httpCapability } from './http.capability.js';
import { PUBLIC_ADDRESS, testNetwork, type TestNetwork } from './testing/test-network.js';

let net: TestNetwork;
beforeAll(async () => {
  net = await testNetwork();
  net.names.set('api.example', [[PUBLIC_ADDRESS]]);
});
afterAll(() => net.stop());

const scopes = [{ host: 'api.example', scheme: 'http' as const, methods: ['GET', 'POST'] }];
const operation = () => httpCapability(net.egress).operations[0]!;
const caller = () => net.caller(scopes) as unknown as BrokerCaller;

describe('the capability http', () => {
  it('allows what is declared and refuses all else, before anything is done', () => {
    const { allows, schema } = operation();
    expect(allows(scopes, schema.parse({ url: 'http://api.example/' }))).toEqual({ allowed: true });
    expect(allows(scopes, schema.parse({ url: 'http://api.example/', method: 'delete' })).allowed).toBe(false);
    expect(allows(scopes, schema.parse({ url: 'http://127.0.0.1/' })).allowed).toBe(false);
    expect(allows([], schema.parse({ url: 'http://api.example/' })).allowed).toBe(false);
    expect(net.connects).toEqual([]);
  });

  it('answers status, headers, base64 and the final address', async () => {
    net.allowed.handler = (_, response) => response.writeHead(201, { 'x-a': 'b' }).end('héllo');
    const { schema, perform } = operation();
    const body = Buffer.from('sent').toString('base64');
    const answer = await perform(caller(), schema.parse({ url: 'http://api.example/x', method: 'post', body }));
    expect(answer).toMatchObject({
      status: 201,
      headers: { 'x-a': 'b' },
      body: Buffer.from('héllo').toString('base64'),
      url: 'http://api.example/x',
    });
    expect(net.allowed.seen[0]?.body).toBe('sent');
  });

  it('refuses headers and bodies that it may not send', async () => {
    const { schema, perform } = operation();
    await expect(perform(caller(), schema.parse({ url: 'http://api.example/', headers: { host: 'x' } }))).rejects.toMatchObject({
      code: 'SECURITY_EGRESS_HEADER_REFUSED',
    });
    await expect(perform(caller(), schema.parse({ url: 'http://api.example/', body: 'eA==' }))).rejects.toMatchObject({
      code: 'SECURITY_EGRESS_URL_INVALID',
    });
  });

  it.each([
    { url: 1 },
    { url: 'x', method: 'CONNECT' },
    { url: 'x', body: '***' },
    { url: 'x', timeoutMs: 0 },
    { url: 'x', extra: 1 },
    { url: 'x', headers: { a: { $secret: 's', evil: 1 } } },
  ])('knows no request like %j', (request) => {
    expect(operation().schema.safeParse(request).success).toBe(false);
  });

  it('names in the trail where it went, never the path or the query', () => {
    const { subject, schema } = operation();
    expect(subject?.(schema.parse({ url: 'http://api.example/secret?token=canary' }))).toBe('host:http://api.example');
    expect(subject?.(schema.parse({ url: 'canary' }))).toBe('host:unreadable');
  });
});
