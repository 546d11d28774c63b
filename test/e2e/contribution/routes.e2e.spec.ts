// Routes of extensions on a whole server: two tenants, people with and without the right, the life of an extension, and everything an
// extension could do wrong. Each call leaves exactly one entry in the audit trail.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { eventually, type GraphqlCaller } from '../../support/client.js';
import { openDocs } from '../../support/docs-page.js';
import { startExtensionWorld, type ExtensionWorld, type TenantDesk } from '../../support/extension-world.js';
import { ROUTED, routedVersions, type RoutedVersions } from '../../support/routed-versions.js';
import { testTier } from '../../support/size.js';
import { hostileRequests } from './hostile-requests.suite.js';
import { routeAccess } from './route-access.suite.js';

const SHELF = 'fixture.shelf';

let world: ExtensionWorld;
let versions: RoutedVersions;
let a: TenantDesk;
let b: TenantDesk;
let viewer: GraphqlCaller;
let auditor: GraphqlCaller;

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Record<string, unknown>;
}

async function ask(
  caller: GraphqlCaller,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const sent = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } };
  const response = await caller.fetch(`/ext/${SHELF}${path}`, { method, headers, ...sent });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: isJson && text !== '' ? (JSON.parse(text) as Record<string, unknown>) : {},
  };
}

const codeOf = async (...asked: Parameters<typeof ask>): Promise<string> => {
  const { status, json } = await ask(...asked);
  return `${status} ${String(json['code'])}`;
};

beforeAll(async () => {
  versions = await routedVersions();
  world = await startExtensionWorld([versions.folder]);
  [a, b] = [await world.tenant('tenant-a'), await world.tenant('tenant-b')];
  await a.install(SHELF);
  [viewer, auditor] = [await a.member('viewer'), await a.member('auditor')];
}, 120_000);

afterAll(async () => {
  await world?.stop();
  await versions?.remove();
}, 60_000);

describe('a route', () => {
  it('answers who may, with what its handler knows: who calls, never by what', async () => {
    const { status, json, headers } = await ask(viewer, 'GET', '/whoami', undefined, {
      'accept-language': 'fi',
      cookie: 'session=1',
      'x-other': 'hidden',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      caller: { kind: 'user', tenant: a.id, rights: ['note.read'] },
      headers: { 'accept-language': 'fi' },
      path: '/whoami',
      method: 'GET',
      tenant: a.id,
      traced: true,
      hasTime: true,
    });
    expect((json['caller'] as { id: string }).id).toBe((json['actor'] as { id: string }).id);
    expect(JSON.stringify(json)).not.toMatch(/session=1|hidden|kari_|Bearer/);
    expect(headers.get('content-type')).toBe('application/json');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toMatch(/^sandbox; default-src 'none';/);
    expect(headers.get('set-cookie')).toBeNull();
  });

  it('keeps, lists, reads and drops', async () => {
    const kept = await ask(a.caller, 'PUT', '/notes/n-1', { text: 'hello' });
    expect([kept.status, kept.json, kept.headers.get('location'), kept.headers.get('etag')]).toEqual([
      201,
      { id: 'n-1', text: 'hello' },
      `/ext/${SHELF}/notes/n-1`,
      '"1"',
    ]);
    expect((await ask(viewer, 'GET', '/notes?limit=7&tag=x&tag=y')).json).toEqual({
      notes: [{ id: 'n-1', text: 'hello' }],
      asked: { limit: 7, tag: ['x', 'y'] },
    });
    expect((await ask(viewer, 'GET', '/notes/n-1')).json).toEqual({ id: 'n-1', text: 'hello' });
    const head = await ask(viewer, 'HEAD', '/notes/n-1');
    expect([head.status, head.text, Number(head.headers.get('content-length')) > 0]).toEqual([200, '', true]);
    const dropped = await ask(a.caller, 'DELETE', '/notes/n-1');
    expect([dropped.status, dropped.text]).toEqual([204, '']);
    const missing = await ask(viewer, 'GET', '/notes/n-1');
    expect([missing.status, missing.headers.get('content-type'), missing.json]).toEqual([
      404,
      'application/problem+json',
      expect.objectContaining({ code: 'NOTE_MISSING', detail: 'There is no such note.', extension: SHELF, status: 404 }),
    ]);
  });

  it('reads forms, texts and bytes, and answers each as its type', async () => {
    const send = async (path: string, type: string, body: string | Uint8Array) => {
      const response = await a.caller.fetch(`/ext/${SHELF}${path}`, { method: 'POST', headers: { 'content-type': type }, body });
      return [response.status, response.headers.get('content-type'), Buffer.from(await response.arrayBuffer())] as const;
    };
    const form = await send('/echo/form', 'application/x-www-form-urlencoded', 'name=Ada+L%20x&count=7');
    expect([form[0], JSON.parse(form[2].toString())]).toEqual([200, { name: 'Ada L x', count: 7 }]);
    const text = await send('/echo/text', 'text/plain; charset=utf-8', 'h\u00e4i <b>');
    expect([text[0], text[1], text[2].toString()]).toEqual([200, 'text/plain; charset=utf-8', 'h\u00e4i <b>']);
    // Small in the call itself, large as a stream beside it.
    for (const size of [0, 1_000, 3_000_000]) {
      const bytes = Buffer.alloc(size, 'k\u00e4');
      const echoed = await send('/echo/bytes', 'image/png', bytes);
      expect([echoed[0], echoed[1], echoed[2].equals(bytes)]).toEqual([200, 'application/octet-stream', true]);
    }
    const large = JSON.stringify({ list: Array.from({ length: 40_000 }, (_, index) => `item ${index}`) });
    const json = await send('/echo/json', 'application/json', large);
    expect([json[0], json[2].toString() === large]).toEqual([200, true]);
    const page = await ask(viewer, 'GET', '/page');
    expect([page.headers.get('content-type'), page.headers.get('content-security-policy')]).toEqual([
      'text/html; charset=utf-8',
      expect.stringMatching(/^sandbox; /),
    ]);
  });

  it('refuses what does not fit, before its handler sees it, as a problem with a stable code', async () => {
    const put = (body: unknown) => codeOf(a.caller, 'PUT', '/notes/n-1', body);
    expect(await put({ text: 7 })).toBe('400 CONTRIBUTION_ROUTE_REQUEST');
    expect(await put({ text: 'x', more: 1 })).toBe('400 CONTRIBUTION_ROUTE_REQUEST');
    expect(await put({ text: 'x'.repeat(5_000) })).toBe('413 REQUEST_TOO_LARGE');
    expect(await codeOf(a.caller, 'PUT', '/notes/UPPER', { text: 'x' })).toBe('400 CONTRIBUTION_ROUTE_REQUEST');
    expect(await codeOf(a.caller, 'PUT', '/notes/n-1', { text: 'x' }, { 'content-type': 'text/plain' })).toBe(
      '415 CONTRIBUTION_ROUTE_MEDIA_TYPE',
    );
    expect(await codeOf(a.caller, 'GET', '/notes?limit=0')).toBe('400 CONTRIBUTION_ROUTE_REQUEST');
    expect(await codeOf(a.caller, 'GET', '/notes?unknown=1')).toBe('400 CONTRIBUTION_ROUTE_REQUEST');
    expect(await codeOf(a.caller, 'GET', '/whoami?x=1')).toBe('400 CONTRIBUTION_ROUTE_REQUEST');
    expect(await codeOf(a.caller, 'DELETE', '/notes/n-1', { x: 1 })).toBe('400 CONTRIBUTION_ROUTE_REQUEST');
    expect(await codeOf(a.caller, 'GET', '/nothing')).toBe('404 CONTRIBUTION_ROUTE_UNKNOWN');
    const { status, headers, json } = await ask(a.caller, 'POST', '/notes', {});
    expect([status, headers.get('allow'), headers.get('content-type')]).toEqual([405, 'GET, HEAD', 'application/problem+json']);
    expect(json).toMatchObject({ type: 'urn:kari:problem:CONTRIBUTION_ROUTE_METHOD', status: 405, correlationId: expect.any(String) });
  });
});

describe('everybody', () => routeAccess(() => ({ world, own: a, other: b })));

describe('who may', () => {
  it('is asked: without a credential nobody learns what there is', async () => {
    const bare = (path: string, headers: Record<string, string> = { 'kari-tenant': 'tenant-a' }) =>
      fetch(`${world.server.url}${path}`, { headers }).then(
        async (response) => `${response.status} ${((await response.json()) as { code: string }).code}`,
      );
    expect(await bare(`/ext/${SHELF}/notes`)).toBe('401 REQUEST_UNAUTHENTICATED');
    expect(await bare(`/ext/${SHELF}/nothing`)).toBe('401 REQUEST_UNAUTHENTICATED');
    expect(await bare('/ext/no.such/nothing')).toBe('401 REQUEST_UNAUTHENTICATED');
    expect(await bare(`/ext/${SHELF}/notes`, {})).toBe('400 REQUEST_TENANT_REQUIRED');
    expect(await bare(`/ext/${SHELF}/notes`, { 'kari-tenant': 'tenant-a', authorization: 'Bearer nonsense' })).toBe(
      '401 REQUEST_UNAUTHENTICATED',
    );
  });

  it('is asked for the right of the route, which its roles hold', async () => {
    expect(await codeOf(viewer, 'PUT', '/notes/n-1', { text: 'x' })).toBe('403 REQUEST_DENIED');
    expect(await codeOf(auditor, 'GET', '/notes')).toBe('403 REQUEST_DENIED');
    expect((await ask(auditor, 'GET', '/whoami')).json).toMatchObject({ caller: { rights: [] } });
  });

  it('is what the admins of the tenant say, at once', async () => {
    const set =
      'mutation ($roles: [String!]!) { setRightRoles(extension: "fixture.shelf", right: "note.read", roles: $roles) { chosen { right roles } } }';
    await a.caller.data(set, { roles: ['auditor'] });
    expect((await ask(auditor, 'GET', '/notes')).status).toBe(200);
    expect(await codeOf(viewer, 'GET', '/notes')).toBe('403 REQUEST_DENIED');
    const { extensionRights } = await a.caller.data<{ extensionRights: unknown[] }>(
      '{ extensionRights(extension: "fixture.shelf") { right roles defaultRoles own } }',
    );
    expect(extensionRights[0]).toEqual({
      right: 'note.read',
      roles: ['auditor'],
      defaultRoles: ['viewer', 'user', 'operator', 'admin'],
      own: true,
    });
    expect(await a.caller.code(set.replace('note.read', 'note.burn'), { roles: [] })).toBe('SECURITY_RIGHT_UNKNOWN');
    expect(await viewer.code(set, { roles: ['viewer'] })).toBe('REQUEST_DENIED');
    await a.caller.data('mutation { resetRightRoles(extension: "fixture.shelf", right: "note.read") { position } }');
    expect((await ask(viewer, 'GET', '/notes')).status).toBe(200);
  });

  it('is nobody at all where a public route has been consented to, until the consent is taken back', async () => {
    const ping = async (tenant: string) => {
      const response = await fetch(`${world.server.url}/ext/${SHELF}/ping`, { headers: { 'kari-tenant': tenant } });
      return `${response.status} ${await response.text()}`.slice(0, 10);
    };
    expect(await ping('tenant-a')).toBe('200 "pong"');
    expect(await ping('tenant-b')).toMatch(/^401/);
    expect(await ping('nowhere')).toMatch(/^401/);
    await a.caller.data('mutation { revokeGrant(extension: "fixture.shelf", grant: "routes:public:ping") { id } }');
    expect(await ping('tenant-a')).toMatch(/^401/);
    expect((await ask(viewer, 'GET', '/ping')).status).toBe(200);
    await a.caller.data('mutation { giveGrant(extension: "fixture.shelf", grant: "routes:public:ping") { id } }');
    expect(await ping('tenant-a')).toBe('200 "pong"');
  });

  it('is a foreign page where its origin has been consented to, and no other page', async () => {
    const url = `${world.server.url}/ext/${SHELF}/notes`;
    const preflight = (origin: string) =>
      fetch(url, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'GET', 'access-control-request-headers': 'authorization' },
      });
    const good = await preflight('https://app.example.org');
    expect([good.status, good.headers.get('access-control-allow-origin'), good.headers.get('access-control-allow-credentials')]).toEqual([
      204,
      'https://app.example.org',
      null,
    ]);
    expect(good.headers.get('access-control-allow-headers')).toContain('x-request-source');
    const bad = await preflight('https://evil.example');
    expect([bad.status, bad.headers.get('access-control-allow-origin')]).toEqual([403, null]);
    const read = await ask(viewer, 'GET', '/notes', undefined, { origin: 'https://app.example.org' });
    expect([read.status, read.headers.get('access-control-allow-origin'), read.headers.get('vary')]).toEqual([
      200,
      'https://app.example.org',
      'origin',
    ]);
    expect(await codeOf(viewer, 'GET', '/notes', undefined, { origin: 'https://evil.example' })).toBe('403 CONTRIBUTION_ROUTE_ORIGIN');
    expect((await ask(viewer, 'GET', '/notes', undefined, { origin: world.server.url })).status).toBe(200);
    expect(await codeOf(viewer, 'GET', '/notes', undefined, { origin: 'null' })).toBe('403 CONTRIBUTION_ROUTE_ORIGIN');
  });
});

describe('an extension that breaks its contract', () => {
  it.each([
    ['another shape', 'shape', '502 CONTRIBUTION_ROUTE_ANSWER'],
    ['more than it promised', 'extra', '502 CONTRIBUTION_ROUTE_ANSWER'],
    ['a cookie', 'cookie', '502 CONTRIBUTION_ROUTE_ANSWER'],
    ['a policy of its own', 'policy', '502 CONTRIBUTION_ROUTE_ANSWER'],
    ['another type', 'type', '502 CONTRIBUTION_ROUTE_ANSWER'],
    ['a header with a line break', 'split', '502 CONTRIBUTION_ROUTE_ANSWER'],
    ['a way out', 'away', '502 CONTRIBUTION_ROUTE_ANSWER'],
    ['a way to a neighbour', 'neighbour', '502 CONTRIBUTION_ROUTE_ANSWER'],
    ['a failure of its own making', 'status', '502 CONTRIBUTION_ROUTE_ANSWER'],
    ['an upgrade', 'upgrade', '502 CONTRIBUTION_ROUTE_ANSWER'],
    ['bytes', 'bytes', '502 CONTRIBUTION_ROUTE_ANSWER'],
    ['a status of the platform', 'badly', '502 CONTRIBUTION_ROUTE_ANSWER'],
    ['an error that it did not catch', 'thrown', '502 CONTRIBUTION_ROUTE_FAILED'],
  ])('with %s: nothing of it goes out', async (_name, how, code) => {
    const { status, text, json, headers } = await ask(a.caller, 'POST', '/misbehave', { how });
    expect(`${status} ${String(json['code'])}`).toContain(code);
    expect(String(json['detail'])).toContain(SHELF);
    expect(text + [...headers].flat().join()).not.toContain('leaked-word');
  });

  it('with more than may be answered: nothing of it goes out', async () => {
    const { status, text } = await ask(a.caller, 'POST', '/misbehave', { how: 'large' });
    // On a busy machine it may not even get so far in its time.
    expect([502, 504]).toContain(status);
    expect(text).not.toContain('leaked-word');
  });

  it('answers well beside that, and refuses in its own words', async () => {
    expect((await ask(a.caller, 'POST', '/misbehave', { how: 'well' })).json).toEqual({ ok: true });
    const refused = await ask(a.caller, 'POST', '/misbehave', { how: 'refuse' });
    expect([refused.status, refused.json['code'], refused.headers.get('retry-after')]).toEqual([409, 'SHELF_FULL', '9']);
  });

  it('says in its own log what the caller was not told', async () => {
    const { logs } = await eventually(
      () =>
        a.caller.data<{ logs: { nodes: { message: string }[] } }>(
          '{ logs(extension: "fixture.shelf", text: "misbehave") { nodes { message } } }',
        ),
      ({ logs: { nodes } }) => nodes.some(({ message }) => message.includes('leaked-word at')),
    );
    expect(logs.nodes.every(({ message }) => message.startsWith('route misbehave: '))).toBe(true);
  });
});

describe('rates', () => {
  it('of the route are kept, with the time to wait', async () => {
    const answers = [];
    for (let call = 0; call < 4; call += 1) answers.push(await ask(a.caller, 'GET', '/seldom'));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
    expect(answers.at(-1)?.json['code']).toBe('REQUEST_RATE_LIMITED');
    expect(Number(answers.at(-1)?.headers.get('retry-after'))).toBeGreaterThan(1);
    // Each caller has a count of its own.
    expect((await ask(viewer, 'GET', '/seldom')).status).toBe(200);
  });
});

describe('the audit trail', () => {
  const entriesOf = async (correlationId: string) => {
    const { auditEntries } = await a.caller.data<{
      auditEntries: { nodes: { operation: string; outcome: string; subject: string | null; code: string | null }[] };
    }>('query ($id: ID!) { auditEntries(filter: { correlationId: $id }) { nodes { operation outcome subject code } } }', {
      id: correlationId,
    });
    return auditEntries.nodes;
  };
  /** Every entry of the request: read when a later one is there, so that none is still on its way. */
  const allEntriesOf = async (correlationId: string) => {
    const later = randomUUID();
    await ask(a.caller, 'GET', '/nothing', undefined, { 'x-correlation-id': later });
    await eventually(
      () => entriesOf(later),
      (entries) => entries.length > 0,
    );
    return entriesOf(correlationId);
  };

  it.each<[string, string, string, unknown, string, string, string | null, string]>([
    ['a read', 'GET', '/notes', undefined, '200', 'ALLOWED', null, `route:${SHELF}/list`],
    ['a change', 'PUT', '/notes/n-2', { text: 'x' }, '201', 'ALLOWED', null, `route:${SHELF}/keep`],
    ['a refusal', 'PUT', '/notes/n-2', { text: 7 }, '400', 'FAILED', 'CONTRIBUTION_ROUTE_REQUEST', `route:${SHELF}/keep`],
    ['a broken answer', 'POST', '/misbehave', { how: 'shape' }, '502', 'ALLOWED', null, `route:${SHELF}/misbehave`],
    ['a route that is not there', 'GET', '/nothing', undefined, '404', 'FAILED', 'CONTRIBUTION_ROUTE_UNKNOWN', `extension:${SHELF}`],
  ])('has exactly one entry for %s', async (_name, method, path, body, status, outcome, code, subject) => {
    const correlationId = randomUUID();
    expect(String((await ask(a.caller, method, path, body, { 'x-correlation-id': correlationId })).status)).toBe(status);
    expect(await allEntriesOf(correlationId)).toEqual([{ operation: 'route.call', outcome, subject, code }]);
  });

  it('has one for who may not', async () => {
    const correlationId = randomUUID();
    await ask(viewer, 'PUT', '/notes/n-2', { text: 'x' }, { 'x-correlation-id': correlationId });
    expect(await allEntriesOf(correlationId)).toEqual([
      { operation: 'route.call', outcome: 'DENIED', subject: `route:${SHELF}/keep`, code: 'REQUEST_DENIED' },
    ]);
  });
});

describe('the documentation', () => {
  const documentFor = async (caller: GraphqlCaller, correlationId = randomUUID()) => {
    const response = await caller.fetch('/ext/openapi.json', { headers: { 'x-correlation-id': correlationId } });
    return (await response.json()) as { paths: Record<string, Record<string, { operationId: string }>>; code?: string };
  };
  const operationsIn = ({ paths }: Awaited<ReturnType<typeof documentFor>>): readonly string[] =>
    Object.values(paths).flatMap((methods) => Object.values(methods).map(({ operationId }) => operationId));

  it('is one valid document, of what the caller may call and nothing else', async () => {
    const whole = await documentFor(a.caller);
    const { valid, errors } = await new Validator().validate(structuredClone(whole));
    expect([valid, errors]).toEqual([true, undefined]);
    expect(operationsIn(whole)).toEqual(expect.arrayContaining([`${SHELF}.list`, `${SHELF}.keep`, `${SHELF}.ping`]));
    const seen = operationsIn(await documentFor(viewer));
    expect([seen.includes(`${SHELF}.list`), seen.includes(`${SHELF}.keep`)]).toEqual([true, false]);
    expect(operationsIn(await documentFor(auditor))).not.toContain(`${SHELF}.list`);
    expect(operationsIn(await documentFor(b.caller))).toEqual([]);
    expect((await fetch(`${world.server.url}/ext/openapi.json`, { headers: { 'kari-tenant': 'tenant-a' } })).status).toBe(401);
    expect((await a.caller.fetch('/ext/openapi.json', { method: 'POST' })).status).toBe(405);
  });

  it('is shown on a page that runs nothing but its own, and shows what extensions wrote as text', async () => {
    const page = await fetch(`${world.server.url}/ext/docs`);
    expect([page.status, page.headers.get('content-security-policy')]).toEqual([
      200,
      expect.stringMatching(/^default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';/),
    ]);
    const html = await page.text();
    expect(html).not.toMatch(/https?:\/\/|<script>|style=|onclick/);
    const script = await fetch(`${world.server.url}/ext/docs/docs.js`);
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    const source = await script.text();
    expect(source).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval|localStorage|sessionStorage/);
    expect(html.length + source.length).toBeLessThan(16_384);
    const { token, tenant } = a.caller.credentials;
    const shown = await openDocs(source, world.server.url, { token, tenant });
    expect(shown.text()).toContain(`APIs of extensions in tenant-a`);
    expect(shown.text()).toContain(`GET/ext/${SHELF}/notes/{id} Reads one note.`);
    expect(shown.asked.some((url) => url.includes(token))).toBe(false);
    const sent = await shown.press('Send', `/ext/${SHELF}/ping`);
    expect(sent).toContain('"pong"');
  });
});

describe('what is installed', () => {
  it('is listed, with what each route asks for', async () => {
    const { extensionRoutes } = await a.caller.data<{ extensionRoutes: { nodes: Record<string, unknown>[] } }>(
      '{ extensionRoutes(first: 200) { nodes { id method path right open rate { requests seconds per } bodyType bodyBytes responseType judged } } }',
    );
    expect(extensionRoutes.nodes.find(({ id }) => id === `${SHELF}/keep`)).toEqual({
      id: `${SHELF}/keep`,
      method: 'PUT',
      path: `/ext/${SHELF}/notes/{id}`,
      right: 'fixture.shelf:note.write',
      open: false,
      rate: { requests: 1000, seconds: 60, per: 'caller' },
      bodyType: 'json',
      bodyBytes: 4096,
      responseType: 'application/json',
      judged: true,
    });
    expect(
      (await b.caller.data<{ extensionRoutes: { nodes: unknown[] } }>('{ extensionRoutes { nodes { id } } }')).extensionRoutes.nodes,
    ).toEqual([]);
  });

  it('is a tenant’s own: no header makes one tenant’s route answer in another', async () => {
    expect(await codeOf(b.caller, 'GET', '/notes')).toBe('404 CONTRIBUTION_ROUTE_UNKNOWN');
    for (const headers of [
      { 'kari-tenant': 'tenant-a' },
      { 'kari-tenant': a.id },
      { 'kari-tenant': 'tenant-a, tenant-b' },
      { 'x-kari-tenant': 'tenant-a', 'x-forwarded-host': 'tenant-a' },
    ])
      expect((await ask(b.caller, 'GET', '/notes', undefined, headers)).status).not.toBe(200);
    await b.install(SHELF);
    await ask(a.caller, 'PUT', '/notes/canary-a', { text: 'canary-of-a' });
    expect((await ask(b.caller, 'GET', '/notes')).json).toEqual({ notes: [], asked: {} });
    expect(await codeOf(b.caller, 'GET', '/notes/canary-a')).toBe('404 NOTE_MISSING');
  });

  it('is gone while it is disabled, as if it had never been, and back afterwards', async () => {
    await b.caller.data('mutation { disableExtension(extension: "fixture.shelf") { id } }');
    expect(await codeOf(b.caller, 'GET', '/notes')).toBe('404 CONTRIBUTION_ROUTE_UNKNOWN');
    expect((await ask(a.caller, 'GET', '/notes')).status).toBe(200);
    await b.caller.data('mutation { enableExtension(extension: "fixture.shelf") { id } }');
    expect((await ask(b.caller, 'GET', '/notes')).status).toBe(200);
  });

  it('follows an upgrade, and the way back', async () => {
    const get = async (path: string) => {
      const response = await a.caller.fetch(`/ext/${ROUTED}${path}`);
      return `${response.status} ${await response.text()}`.slice(0, 7);
    };
    await a.caller.data('mutation ($input: InstallExtensionInput!) { installExtension(input: $input) { revision } }', {
      input: { extension: ROUTED, version: '1.0.0', consented: [] },
    });
    await eventually(
      () => a.installation(ROUTED),
      ({ status }) => status === 'ENABLED',
    );
    expect([await get('/word'), await get('/old'), await get('/new')]).toEqual(['200 "1"', '200 "1"', expect.stringMatching(/^404/)]);
    await a.caller.data('mutation ($input: UpgradeExtensionInput!) { upgradeExtension(input: $input) { revision } }', {
      input: { extension: ROUTED, consented: [] },
    });
    await eventually(
      () => get('/word'),
      (word) => word === '200 "2"',
    );
    expect([await get('/old'), await get('/new')]).toEqual([expect.stringMatching(/^404/), '200 "2"']);
    await a.caller.data('mutation ($id: ID!) { rollBackExtension(extension: $id) { revision } }', { id: ROUTED });
    await eventually(
      () => get('/word'),
      (word) => word === '200 "1"',
    );
    expect([await get('/old'), await get('/new')]).toEqual(['200 "1"', expect.stringMatching(/^404/)]);
  });

  it('is gone with its tenant, and with its removal', async () => {
    const suspend = (act: string) => world.operator.data(act, { id: b.id });
    await suspend('mutation ($id: ID!) { suspendTenant(id: $id, reason: "a test") { id } }');
    expect(await codeOf(b.caller, 'GET', '/notes')).toBe('404 CONTRIBUTION_ROUTE_UNKNOWN');
    expect((await fetch(`${world.server.url}/ext/${SHELF}/ping`, { headers: { 'kari-tenant': 'tenant-b' } })).status).toBe(401);
    await suspend('mutation ($id: ID!) { resumeTenant(id: $id) { id } }');
    expect((await ask(b.caller, 'GET', '/notes')).status).toBe(200);
    await b.caller.data('mutation { removeExtension(extension: "fixture.shelf") { id } }');
    expect(await codeOf(b.caller, 'GET', '/notes')).toBe('404 CONTRIBUTION_ROUTE_UNKNOWN');
  });
});

describe('a hostile caller', () => hostileRequests(() => ({ world, tenant: a })));

describe('an extension that does not come back', () => {
  it('is left by whoever has waited enough, and goes on for the others', async () => {
    const patience = new AbortController();
    const left = a.caller.fetch(`/ext/${SHELF}/misbehave`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ how: 'forever' }),
      signal: patience.signal,
    });
    const others = await ask(a.caller, 'GET', '/notes');
    patience.abort();
    await expect(left).rejects.toMatchObject({ name: 'AbortError' });
    expect([others.status, (await ask(a.caller, 'GET', '/notes')).status]).toEqual([200, 200]);
  });

  it('by a crash is told as a failure of its own, and is there again after a while', async () => {
    expect(await codeOf(a.caller, 'POST', '/misbehave', { how: 'crash' })).toBe('502 CONTRIBUTION_ROUTE_FAILED');
    const next = await ask(a.caller, 'GET', '/notes');
    expect([200, 503]).toContain(next.status);
    await eventually(
      () => ask(a.caller, 'GET', '/notes'),
      ({ status }) => status === 200,
    );
  });

  if (testTier() === 't1') return;

  it('costs its caller the longest call of its class', async () => {
    expect(await codeOf(a.caller, 'POST', '/misbehave', { how: 'forever' })).toBe('504 SANDBOX_DEADLINE');
  }, 30_000);

  it('again and again is in quarantine, which its callers are told', async () => {
    await eventually(
      () => codeOf(a.caller, 'POST', '/misbehave', { how: 'crash' }),
      (code) => code === '503 SANDBOX_QUARANTINED',
      90_000,
    );
    expect(await codeOf(a.caller, 'GET', '/notes')).toBe('503 SANDBOX_QUARANTINED');
  }, 120_000);
});
