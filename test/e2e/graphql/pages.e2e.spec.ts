// What the HTTP edge serves beside the API: health, figures, the root page, GraphiQL.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HEALTH_CHECKS, type HealthCheck } from '@kari/platform/http';
import type { Registry } from '@kari/platform/registry';
import { eventually } from '../../support/client.js';
import { asNobody, asOperator, asReader, ask, send } from './ask.js';
import { startEdge, type EdgeApp } from './edge-app.js';

let edge: EdgeApp;
const well = { ok: true };
beforeAll(async () => {
  edge = await startEdge();
  edge.app
    .get<Registry<HealthCheck>>(HEALTH_CHECKS, { strict: false })
    .add({ name: 'test', check: () => ({ ok: well.ok, detail: well.ok ? 'well' : 'not well' }) });
});
afterAll(() => edge?.close());

const get = (path: string, headers: Record<string, string> = {}) => send(edge, { headers }, path);
/** Reports are shared for half a second. */
const readiness = (expected: number) =>
  eventually(
    () => get('/health/ready'),
    ({ status }) => status === expected,
  );

describe('health', () => {
  it('is alive, and ready as long as every check says so', async () => {
    expect(await get('/health/live')).toMatchObject({ status: 200, text: '{"status":"up"}' });
    expect(await get('/health/ready')).toMatchObject({
      status: 200,
      text: '{"status":"ready","checks":[{"name":"test","ok":true,"detail":"well"}]}',
    });
    well.ok = false;
    expect(await readiness(503)).toMatchObject({
      status: 503,
      text: '{"status":"not ready","checks":[{"name":"test","ok":false,"detail":"not well"}]}',
    });
    expect((await get('/health/live')).status).toBe(200);
    well.ok = true;
    await readiness(200);
  });
});

describe('metrics', () => {
  it('for the scraper and for platform.read alone', async () => {
    await ask(edge, '{ me }');
    expect((await get('/metrics')).status).toBe(401);
    expect((await get('/metrics', { authorization: 'Bearer a-token-for-the-scrape' })).status).toBe(401);
    expect((await get('/metrics', asNobody)).status).toBe(403);
    expect((await get('/metrics', asReader)).status).toBe(403);
    expect((await get('/metrics', { authorization: asOperator.authorization })).status).toBe(200);
    const { status, text, headers } = await get('/metrics', { authorization: 'Bearer a-token-for-the-scraper' });
    expect([status, headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    expect(text).toContain('kari_graphql_operations_total{operation="query.me",outcome="allowed"} 1');
    expect(text).toContain('kari_process_cpu_seconds_total');
  });
});

describe('pages', () => {
  it('the root page names the addresses, for people and for programs', async () => {
    const html = await get('/', { accept: 'text/html' });
    expect(html.status).toBe(200);
    expect(html.text).toMatch(/<a href="\/graphql">/);
    expect(html.text).not.toMatch(/<script/);
    expect(JSON.parse((await get('/', { accept: 'application/json' })).text)).toMatchObject({
      name: 'Kari',
      version: '0.1.0',
      ready: true,
    });
  });

  it('GraphiQL comes from this server alone, under a policy that allows nothing else', async () => {
    const { status, text, headers } = await get('/graphiql', { accept: 'text/html' });
    expect(status).toBe(200);
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self'; .*connect-src 'self'/);
    expect(text).not.toMatch(/https?:\/\//);
    const script = await get('/graphiql/graphiql.js');
    expect([script.status, script.headers.get('content-type')]).toEqual([200, 'text/javascript; charset=utf-8']);
    expect(script.text.length).toBeGreaterThan(100_000);
    // Nothing is loaded from elsewhere: every import of the bundle is a file beside it.
    const chunks = [...script.text.matchAll(/"(\.\/chunk-\w+\.js)"/g)].map(([, path]) => path ?? '');
    expect(chunks.length).toBeGreaterThan(0);
    for (const path of chunks.slice(0, 3)) expect((await get(`/graphiql/${path.slice(2)}`)).status).toBe(200);
    expect(script.text).not.toMatch(/(?:from|import\()\s*["'](?:https?:)?\/\//);
    const style = await get('/graphiql/graphiql.css');
    expect([style.status, /url\((?!data:)/.test(style.text)]).toEqual([200, false]);
    for (const name of ['nothing.js', '..%2f..%2fpackage.json', 'constructor']) expect((await get(`/graphiql/${name}`)).status).toBe(404);
  });

  it('every answer closes what a browser leaves open', async () => {
    for (const path of ['/', '/health/live', '/nothing', '/graphql']) {
      const { headers } = await get(path);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('content-security-policy')).toMatch(/frame-ancestors 'none'/);
      expect(headers.get('x-powered-by')).toBeNull();
      expect(headers.get('x-correlation-id')).toMatch(/^[0-9a-f-]{36}$/);
      expect(headers.get('traceparent')).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/);
    }
  });

  it('an unknown address has the form of every refusal', async () => {
    expect(await get('/nothing')).toMatchObject({ status: 404, codes: ['REQUEST_NOT_FOUND'] });
  });

  it('takes the caller’s trace and correlation id when they are valid, its own otherwise', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    expect((await get('/health/live', { traceparent })).headers.get('traceparent')).toBe(traceparent);
    for (const bad of [
      '00-00000000000000000000000000000000-b7ad6b7169203331-01',
      'ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      `${traceparent}-x`,
    ]) {
      expect((await get('/health/live', { traceparent: bad })).headers.get('traceparent')).not.toContain(bad.slice(3, 35));
    }
    expect((await get('/health/live', { 'x-correlation-id': 'nope\u0009' })).headers.get('x-correlation-id')).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('W-06 graceful stop', () => {
  it('ends within its grace with sockets and requests open, and says so to the balancer first', async () => {
    const other = await startEdge();
    const { WebSocket } = await import('ws');
    const socket = new WebSocket(`${other.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    await new Promise((resolve) => socket.once('open', resolve));
    const closed = new Promise<number>((resolve) => socket.once('close', resolve));
    const started = performance.now();
    await other.close();
    expect(await closed).toBe(1001);
    expect(performance.now() - started).toBeLessThan(2_000);
    await expect(fetch(other.url)).rejects.toThrow();
  });
});
