// A secret on its way out of a real sandbox: to the one host it is bound to, over a grant and an opened door, and to nobody else.
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventually, type GraphqlCaller } from '../../support/client.js';
import { askEverything } from '../../support/everything-asked.js';
import {
  fixtureFolder,
  listen,
  startExtensionWorld,
  type ExtensionWorld,
  type Heard,
  type TenantDesk,
} from '../../support/extension-world.js';

const CANARY = 'canary-5c1f0e7d9b';
const EXTENSION = 'fixture.caller';
const all = { extension: EXTENSION };
const ARGUMENTS = Object.fromEntries(
  [
    'configuration',
    'configurationHistory',
    'extension',
    'extensionHealth',
    'extensionWishOutcomes',
    'installProgress',
    'package',
    'previewInstall',
    'previewUpgrade',
    'sandbox',
  ].map((field) => [field, all]),
);

let world: ExtensionWorld;
let a: TenantDesk;
let b: TenantDesk;
let folder: string;
let listener: Server;
let other: Server;
const hits: IncomingMessage[] = [];
let strayHits = 0;
const heard: Heard<unknown>[] = [];

beforeAll(async () => {
  listener = createServer((request, response) => {
    hits.push(request);
    if (request.url === '/away') response.writeHead(302, { location: `http://127.0.0.1:${portOf(other)}/stolen` });
    // A careless service that repeats what it was sent.
    if (request.url === '/echo') response.setHeader('x-seen', request.headers.authorization ?? '');
    response.end(request.url === '/echo' ? `you sent ${request.headers.authorization}` : 'reached');
  });
  other = createServer((_, response) => {
    strayHits += 1;
    response.end();
  });
  await Promise.all([listener, other].map((server) => new Promise<void>((open) => server.listen(0, '127.0.0.1', open))));
  folder = await mkdtemp(join(tmpdir(), 'kari-extensions-'));
  await atThePortOf(listener);
  world = await startExtensionWorld([folder]);
  [a, b] = [await world.tenant('tenant-a'), await world.tenant('tenant-b')];
  await Promise.all([a.install(EXTENSION), b.install(EXTENSION)]);
  for (const query of [
    'auditEntryRecorded { operation facts { name value } }',
    'logWritten { message fields }',
    'sandboxStatus { type reason }',
    'configurationChanged { effective }',
  ])
    heard.push(await listen(a.caller, `subscription { ${query} }`));
}, 120_000);

afterAll(async () => {
  await Promise.all(heard.map((subscription) => subscription.dispose()));
  await world?.stop();
  await rm(folder, { recursive: true, force: true });
  await Promise.all([listener, other].map((server) => new Promise((closed) => server.close(closed))));
});

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

/** A newer version of the fixture, whose manifest names the port that this machine had free. */
async function atThePortOf(server: Server): Promise<void> {
  const copy = join(folder, 'caller');
  await cp(fixtureFolder('caller'), copy, { recursive: true });
  const manifest = (await readFile(join(copy, 'extension.json'), 'utf8'))
    .replace('"port": 8080', `"port": ${portOf(server)}`)
    .replace('"version": "1.0.0",\n  "description": "Asks', '"version": "1.0.1",\n  "description": "Asks');
  await writeFile(join(copy, 'extension.json'), manifest);
}

interface Answer {
  readonly ok: boolean;
  readonly text: string;
  readonly code: string | null;
  readonly reason: string | null;
}
const fetch = (tenant: TenantDesk, path: string, withSecret = false, server = listener): Promise<Answer> =>
  tenant.call('call.ask', { url: `http://127.0.0.1:${portOf(server)}${path}`, withSecret });
const open = (tenant: TenantDesk): Promise<unknown> =>
  world.operator.data('mutation ($input: OpenPrivateHostInput!) { openPrivateHost(input: $input) { revision } }', {
    input: { host: '127.0.0.1', networks: ['127.0.0.1/32'], tenant: tenant.id, reason: 'a stand-in on this machine' },
  });
const egress = async (tenant: TenantDesk): Promise<number> =>
  (await tenant.caller.data<{ egressCounts: { connects: number }[] }>('{ egressCounts { connects } }')).egressCounts.reduce(
    (sum, { connects }) => sum + connects,
    0,
  );

it('S-08 keeps hosts of the own machine closed, whatever the manifest names', async () => {
  expect(await fetch(a, '/closed')).toMatchObject({ ok: false, code: 'DENIED', reason: 'SECURITY_EGRESS_ADDRESS_FORBIDDEN' });
  expect([hits.length, await egress(a)]).toEqual([0, 0]);
}, 30_000);

it('sends the value to the host it is bound to once the door is open, for that tenant alone', async () => {
  await open(a);
  expect(await fetch(a, '/plain')).toMatchObject({ ok: true, text: 'reached' });
  expect(await fetch(a, '/unset', true)).toMatchObject({
    ok: false,
    reason: 'DATA_SECRET_DENIED',
    text: expect.stringContaining('no value'),
  });
  expect(await a.call('call.handle', {})).toMatchObject({ ok: false, reason: 'DATA_SECRET_NOT_SET' });
  await a.caller.data('mutation ($input: SetSecretInput!) { setSecret(input: $input) { fingerprint version } }', {
    input: { extension: EXTENSION, name: 'api_key', value: CANARY },
  });
  expect(await fetch(a, '/secret', true)).toMatchObject({ ok: true, text: 'reached' });
  expect(hits.map(({ url, headers }) => [url, headers.authorization ?? null])).toEqual([
    ['/plain', null],
    ['/secret', `Bearer ${CANARY}`],
  ]);
  expect(await fetch(b, '/neighbour')).toMatchObject({ ok: false, reason: 'SECURITY_EGRESS_ADDRESS_FORBIDDEN' });
  expect(hits).toHaveLength(2);
}, 30_000);

it('refuses what the manifest does not name, also after a redirect, with no connection made', async () => {
  expect(await fetch(a, '/', true, other)).toMatchObject({
    ok: false,
    code: 'DENIED',
    reason: expect.stringMatching(/^(SECURITY|SANDBOX)_/),
  });
  expect(await a.call('call.ask', { url: 'https://undeclared.example/' })).toMatchObject({ ok: false, code: 'DENIED' });
  expect(await fetch(a, '/away', true)).toMatchObject({ ok: false, code: 'DENIED', reason: 'SECURITY_EGRESS_REDIRECT_REFUSED' });
  expect(strayHits).toBe(0);
}, 30_000);

it('refuses the host and the secret once their grants are revoked', async () => {
  const before = hits.length;
  const grant = async (verb: 'giveGrant' | 'revokeGrant', id: string): Promise<unknown> =>
    a.caller.data(`mutation ($id: ID!) { ${verb}(extension: "${EXTENSION}", grant: $id) { revision } }`, { id });
  for (const id of [`http:http://127.0.0.1:${portOf(listener)}`, 'secrets:api_key']) {
    await grant('revokeGrant', id);
    expect(await fetch(a, '/revoked', true)).toMatchObject({ ok: false, code: 'DENIED' });
    await grant('giveGrant', id);
  }
  expect(hits).toHaveLength(before);
}, 30_000);

it('D-07 shows the value to nobody on the way: not the extension, not its operator, not the platform, not the disk', async () => {
  expect((await a.call<Answer>('call.handle', {})).text).not.toContain(CANARY);
  const echoed = await fetch(a, '/echo', true);
  expect(hits.at(-1)?.headers.authorization).toBe(`Bearer ${CANARY}`);
  expect(echoed).toMatchObject({ ok: true, text: 'you sent Bearer [secret]' });
  await a.caller.data('mutation ($input: SetSecretInput!) { setSecret(input: $input) { fingerprint } }', {
    input: { extension: EXTENSION, name: 'api_key', value: `${CANARY}-2` },
  });
  await a.caller.ask('mutation ($input: SetSecretInput!) { setSecret(input: $input) { fingerprint } }', {
    input: { extension: EXTENSION, name: 'not_declared', value: CANARY },
  });

  // Everything has arrived where it might have leaked to: the line about the echo, and the entries of the calls.
  const logs = (): Promise<unknown> => a.caller.data('{ logs(first: 100) { nodes { message fields } } }');
  await eventually(logs, (lines) => JSON.stringify(lines).includes('the handle') && JSON.stringify(lines).includes('you sent'));
  await eventually(
    () => audit(a.caller),
    (operations) => operations.includes('http.fetch') && operations.includes('SetSecret'),
  );
  for (const subscription of heard.slice(0, 2)) await subscription.until((items) => items.length > 0);

  const shown = [...(await askEverything(a.caller, ARGUMENTS)), ...(await askEverything(world.operator, ARGUMENTS))];
  expect(shown.filter(({ text }) => text.includes(CANARY)).map(({ field }) => field)).toEqual([]);
  expect(JSON.stringify(heard.map(({ items }) => items))).not.toContain(CANARY);
  expect(world.server.output()).not.toContain(CANARY);
  expect(await filesHolding(world.server.data, CANARY)).toEqual([]);
}, 60_000);

async function audit(caller: GraphqlCaller): Promise<readonly string[]> {
  const { auditEntries } = await caller.data<{ auditEntries: { nodes: { operation: string }[] } }>(
    '{ auditEntries(first: 100) { nodes { operation } } }',
  );
  return auditEntries.nodes.map(({ operation }) => operation);
}

/** Files of the data folder, the database's own among them, that hold the text in the clear. */
async function filesHolding(path: string, text: string): Promise<readonly string[]> {
  const files = (await readdir(path, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const holding: string[] = [];
  for (const { parentPath, name } of files) {
    const bytes = await readFile(join(parentPath, name)).catch(() => Buffer.alloc(0));
    if (bytes.includes(text)) holding.push(join(parentPath, name));
  }
  return holding;
}
