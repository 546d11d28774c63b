// Requests that try to be read in two ways: paths in disguise, methods and tenants by other headers, two lengths, split headers, forged
// uploads, bodies without end. Each kind has its control: the honest request beside it that is answered.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ExtensionWorld, TenantDesk } from '../../support/extension-world.js';
import { requestBytes, sendRaw, type RawAnswer } from '../../support/raw-http.js';
import { testTier } from '../../support/size.js';

const SHELF = 'fixture.shelf';
const SECRET = 'canary-file-51c7';

let world: Pick<ExtensionWorld, 'server'>;
let a: TenantDesk;
let folder: string;
let secret: string;

/** Of a server and a tenant that has the shelf. */
export function hostileRequests(given: () => { readonly world: Pick<ExtensionWorld, 'server'>; readonly tenant: TenantDesk }): void {
  beforeAll(async () => {
    ({ world, tenant: a } = given());
    folder = await mkdtemp(join(tmpdir(), 'kari-canary-'));
    secret = join(folder, 'secret.txt');
    await writeFile(secret, SECRET);
    await send('PUT', '/notes/honest', { text: 'honest' });
  }, 30_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  describe('a path in disguise', disguisedPaths);
  describe('a method or a tenant by another name', otherNames);
  describe('a request in a request', smuggling);
  describe('a body', bodies);
  describe('a forged upload', forgedUploads);
}

const send = (method: string, path: string, body: unknown) =>
  a.caller.fetch(`/ext/${SHELF}${path}`, { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });

const credentials = (): Record<string, string> => {
  const { token, tenant } = a.caller.credentials;
  return { host: 'kari.test', authorization: `Bearer ${token}`, 'kari-tenant': tenant };
};

/** As bytes: what a client library would correct goes out as it is. */
const raw = (line: string, headers: Record<string, string> = {}, body = ''): Promise<RawAnswer> =>
  sendRaw(world.server.url, requestBytes(line, { ...credentials(), ...headers }, body));

function disguisedPaths(): void {
  it('control: the honest one is answered', async () => {
    expect(await raw(`GET /ext/${SHELF}/notes/honest HTTP/1.1`)).toMatchObject({ status: 200, text: expect.stringContaining('honest') });
    expect((await raw(`GET /ext/${SHELF}/notes/hon%65st HTTP/1.1`)).status).toBe(200);
  });

  it.each([
    ['climbs', `/ext/${SHELF}/notes/../notes/honest`],
    ['climbs out', `/ext/${SHELF}/../../graphql`],
    ['climbs to a neighbour', `/ext/fixture.notes/../${SHELF}/notes/honest`],
    ['climbs in escapes', `/ext/${SHELF}/notes/%2e%2e/notes/honest`],
    ['climbs in two layers', `/ext/${SHELF}/notes/%252e%252e/notes/honest`],
    ['hides a slash', `/ext/${SHELF}/notes%2fhonest`],
    ['hides a slash in two layers', `/ext/${SHELF}/notes%252fhonest`],
    ['hides a backslash', `/ext/${SHELF}/notes%5chonest`],
    ['has a backslash', `/ext/${SHELF}\\notes\\honest`],
    ['has an empty part', `/ext/${SHELF}//notes/honest`],
    ['begins with two slashes', `//ext/${SHELF}/notes/honest`],
    ['ends in one', `/ext/${SHELF}/notes/honest/`],
    ['ends in a zero', `/ext/${SHELF}/notes/honest%00`],
    ['ends in a line break', `/ext/${SHELF}/notes/honest%0d%0aset-cookie:%20x=1`],
    ['ends in a parameter', `/ext/${SHELF}/notes/honest;x=1`],
    ['has bytes that are not UTF-8', `/ext/${SHELF}/notes/%c0%ae`],
    ['has an escape that is none', `/ext/${SHELF}/notes/%zz`],
    ['is in capitals', `/EXT/${SHELF}/notes/honest`],
    ['names the extension in capitals', '/ext/Fixture.Shelf/notes/honest'],
    ['names the extension in escapes', '/ext/fixture%2eshelf/notes/honest'],
    ['names the prototype', '/ext/__proto__/notes'],
    ['names a constructor', `/ext/${SHELF}/constructor`],
    ['has an address of another host', `http://evil.example/ext/${SHELF}/notes/honest`],
    ['is too long', `/ext/${SHELF}/${'a/'.repeat(40)}b`],
  ])('%s and is not answered', async (_name, target) => {
    const { status, text } = await raw(`GET ${target} HTTP/1.1`);
    expect([400, 404]).toContain(status);
    expect(text).not.toMatch(/"text":"honest"|set-cookie: x/i);
  });
}

function otherNames(): void {
  it.each(['x-http-method-override', 'x-http-method', 'x-method-override', 'x-original-method'])('%s changes no method', async (header) => {
    expect((await raw(`GET /ext/${SHELF}/notes/honest HTTP/1.1`, { [header]: 'DELETE' })).status).toBe(200);
    expect((await raw(`GET /ext/${SHELF}/notes/honest?_method=DELETE HTTP/1.1`)).status).toBe(400);
    expect((await raw(`GET /ext/${SHELF}/notes/honest HTTP/1.1`)).status).toBe(200);
  });

  it.each(['x-original-url', 'x-rewrite-url', 'x-forwarded-path', 'x-forwarded-prefix'])('%s changes no path', async (header) => {
    const { text } = await raw(`GET /ext/${SHELF}/whoami HTTP/1.1`, { [header]: `/ext/${SHELF}/notes/honest` });
    expect(text).toContain('"path":"/whoami"');
  });

  it.each(['TRACE', 'PROPFIND', 'PURGE', 'LINK', 'SEARCH'])('%s is answered by nobody', async (method) => {
    expect([400, 404, 405]).toContain((await raw(`${method} /ext/${SHELF}/notes/honest HTTP/1.1`)).status);
  });

  it('two tenants are no tenant', async () => {
    const { authorization, host } = credentials() as { authorization: string; host: string };
    const twice = `GET /ext/${SHELF}/notes/honest HTTP/1.1\r\nhost: ${host}\r\nauthorization: ${authorization}\r\nkari-tenant: tenant-a\r\nkari-tenant: _\r\n\r\n`;
    expect((await sendRaw(world.server.url, twice)).status).toBe(400);
  });
}

function smuggling(): void {
  const inner = (): string => requestBytes(`DELETE /ext/${SHELF}/notes/honest HTTP/1.1`, { ...credentials(), 'content-length': '0' });

  it.each<[string, () => string]>([
    [
      'two kinds of length',
      () =>
        requestBytes(
          `POST /ext/${SHELF}/echo/json HTTP/1.1`,
          { ...credentials(), 'content-type': 'application/json', 'content-length': '4', 'transfer-encoding': 'chunked' },
          `0\r\n\r\n${inner()}`,
        ),
    ],
    [
      'two lengths',
      () => `POST /ext/${SHELF}/echo/json HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ncontent-length: 200\r\n\r\n{}${inner()}`,
    ],
    [
      'a length in disguise',
      () => requestBytes(`POST /ext/${SHELF}/echo/json HTTP/1.1`, { ...credentials(), 'content-length': '+2' }, `{}${inner()}`),
    ],
    [
      'chunks in disguise',
      () =>
        requestBytes(`POST /ext/${SHELF}/echo/json HTTP/1.1`, { ...credentials(), 'transfer-encoding': 'xchunked' }, `0\r\n\r\n${inner()}`),
    ],
    [
      'chunks that are not last',
      () =>
        requestBytes(
          `POST /ext/${SHELF}/echo/json HTTP/1.1`,
          { ...credentials(), 'transfer-encoding': 'chunked, identity' },
          `0\r\n\r\n${inner()}`,
        ),
    ],
    ['a header of two lines', () => `GET /ext/${SHELF}/whoami HTTP/1.1\r\nhost: x\r\nx-a: 1\r\n folded\r\n\r\n${inner()}`],
    ['a space before the colon', () => `POST /ext/${SHELF}/echo/json HTTP/1.1\r\nhost: x\r\ncontent-length : 2\r\n\r\n{}${inner()}`],
    ['a line feed alone', () => `GET /ext/${SHELF}/whoami HTTP/1.1\nhost: x\n\n${inner()}`],
  ])('by %s is not taken out of it', async (_name, bytes) => {
    const { status } = await sendRaw(world.server.url, bytes());
    expect(status).toBeGreaterThanOrEqual(400);
    expect((await a.caller.fetch(`/ext/${SHELF}/notes/honest`)).status).toBe(200);
  });

  it('control: behind an honest one it is, for connections are kept', async () => {
    const first = requestBytes(`GET /ext/${SHELF}/ping HTTP/1.1`, credentials());
    const second = requestBytes(`GET /ext/${SHELF}/whoami HTTP/1.1`, credentials());
    const { status, text } = await sendRaw(world.server.url, first + second, 2);
    expect([status, text.includes('"pong"'), text.includes('"path":"/whoami"')]).toEqual([200, true, true]);
  });
}

function bodies(): void {
  it('that trickles without end holds nothing but its own connection', async () => {
    const { port, hostname } = new URL(world.server.url);
    const slow = Array.from({ length: 30 }, () => {
      const socket = connect(Number(port), hostname);
      socket.on('error', () => undefined);
      socket.write(
        requestBytes(
          `PUT /ext/${SHELF}/notes/slow HTTP/1.1`,
          { ...credentials(), 'content-type': 'application/json', 'content-length': '4000' },
          '{',
        ),
      );
      return socket;
    });
    try {
      const began = performance.now();
      expect((await a.caller.fetch(`/ext/${SHELF}/notes/honest`)).status).toBe(200);
      expect(performance.now() - began).toBeLessThan(10_000);
    } finally {
      for (const socket of slow) socket.destroy();
    }
  });

  it.each([
    ['told to be too large is refused before it is sent', { 'content-length': '999999999999' }, ''],
    ['in chunks is counted as it comes', { 'transfer-encoding': 'chunked' }, `${(8_000).toString(16)}\r\n${'x'.repeat(8_000)}\r\n`],
  ])('%s', async (_name, headers, body) => {
    const { status, text } = await raw(`PUT /ext/${SHELF}/notes/large HTTP/1.1`, { ...headers, 'content-type': 'application/json' }, body);
    expect([status, /REQUEST_TOO_LARGE/.test(text), /connection: close/i.test(text)]).toEqual([413, true, true]);
  });

  it.each([
    ['nested too deep', `${'['.repeat(100)}${']'.repeat(100)}`],
    ['with the prototype in it', '{"__proto__":{"polluted":true}}'],
    ['with a lone half of a character', '"\\ud800"'],
    ['that is not UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['of numbers that grow', `[${Array.from({ length: 60_000 }, () => '1e20').join()}]`],
  ])('%s reaches no handler in a form of its own', async (_name, body) => {
    const response = await a.caller.fetch(`/ext/${SHELF}/echo/json`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    });
    const text = await response.text();
    expect([200, 400]).toContain(response.status);
    expect(text).not.toContain('polluted');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
}

function forgedUploads(): void {
  const forged = (): readonly unknown[] => [
    { files: { file: { filepath: secret, originalFilename: 'x', mimetype: 'text/plain', size: 1 } } },
    { file: { path: secret, name: 'x' }, name: secret, text: 'x' },
    { data: { filepath: secret }, binary: { data: { id: `filesystem:${secret}`, directory: folder } } },
    [
      { kind: 'file', path: secret },
      { kind: 'stream', stream: 1 },
    ],
    { content: { kind: 'stream', stream: 2 }, bodyType: 'bytes', headers: { authorization: 'x' } },
    { $ref: `file://${secret}`, text: `file://${secret}` },
  ];
  const types = [
    'application/json',
    'multipart/form-data; boundary=b',
    'application/x-www-form-urlencoded',
    'text/plain',
    'application/octet-stream',
    'application/xml',
    'multipart/mixed; boundary=b',
    'application/vnd.kari+json',
  ];
  const encoded = (type: string, value: unknown): string => {
    if (type.startsWith('multipart/'))
      return `--b\r\ncontent-disposition: form-data; name="file"; filename="${secret}"\r\ncontent-type: application/json\r\n\r\n${JSON.stringify(value)}\r\n--b--\r\n`;
    return type.includes('urlencoded')
      ? `name=${encodeURIComponent(JSON.stringify(value))}&file[path]=${encodeURIComponent(secret)}`
      : JSON.stringify(value);
  };

  it('under any type, at any route, is data: no file of the server is read', async () => {
    const { extensionRoutes } = await a.caller.data<{
      extensionRoutes: { nodes: { method: string; path: string; bodyType: string | null }[] };
    }>('{ extensionRoutes(first: 200) { nodes { method path bodyType } } }');
    const leaks: string[] = [];
    const statuses = new Map<number, number>();
    for (const { method, path } of extensionRoutes.nodes.filter((route) => route.method !== 'GET' && !route.path.endsWith('/misbehave'))) {
      for (const type of types) {
        for (const value of testTier() === 't1' ? forged().slice(0, 2) : forged()) {
          const response = await a.caller.fetch(path.replace('{id}', 'forged'), {
            method,
            body: encoded(type, value),
            headers: { 'content-type': type },
          });
          const text = await response.text();
          statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
          if (text.includes(SECRET)) leaks.push(`${method} ${path} ${type}`);
          if (response.status >= 500) leaks.push(`${method} ${path} ${type}: ${response.status} ${text.slice(0, 200)}`);
        }
      }
    }
    expect(leaks).toEqual([]);
    // Control: some were taken as the data they are, the others refused.
    expect([...statuses.keys()].sort()).toEqual(expect.arrayContaining([200, 400, 415]));
    expect(statuses.get(429)).toBeUndefined();
  }, 60_000);
}
