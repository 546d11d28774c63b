// Private hosts as the platform's operator opens them, and what an extension reaches without and with one.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { manifestOf, startCapabilityApp, type CapabilityApp } from '../../support/capability-app.js';
import type { GraphqlCaller } from '../../support/client.js';

let app: CapabilityApp;
let a: { id: string; admin: GraphqlCaller };
let b: { id: string; admin: GraphqlCaller };
let server: Server;
let hits = 0;
let port = 0;
beforeAll(async () => {
  server = createServer((_, response) => {
    hits += 1;
    response.end('reached');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
  app = await startCapabilityApp();
  [a, b] = [await app.tenant('tenant-a'), await app.tenant('tenant-b')];
  const caller = manifestOf('acme.caller', { permissions: { http: [{ host: '127.0.0.1', port, scheme: 'http', reason: 'to ask' }] } });
  for (const { id } of [a, b]) app.extensions.install(id, caller);
}, 60_000);
afterAll(async () => {
  await app?.stop();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const fetch = (tenant: string): Promise<unknown> => app.broker(tenant, 'acme.caller', 'http.fetch', { url: `http://127.0.0.1:${port}/` });
const OPEN = 'mutation($i: OpenPrivateHostInput!) { openPrivateHost(input: $i) { open { host networks tenant reason } revision } }';

it('S-08 are closed until an operator opens them, by name, for one tenant, on record', async () => {
  await expect(fetch(a.id)).rejects.toMatchObject({ code: 'SECURITY_EGRESS_ADDRESS_FORBIDDEN' });
  expect(hits).toBe(0);

  const input = { host: '127.0.0.1', networks: ['127.0.0.1/32'], tenant: a.id, reason: 'a stand-in on this machine' };
  expect(await a.admin.code(OPEN, { i: input })).toBe('REQUEST_DENIED');
  expect(await app.operator.code(OPEN, { i: { ...input, networks: ['0.0.0.0/0'] } })).toBe('SECURITY_PRIVATE_HOST_INVALID');
  expect(await app.operator.data(OPEN, { i: input })).toMatchObject({ openPrivateHost: { open: [input] } });
  expect(await app.operator.data('{ privateHosts { host networks tenant reason } }')).toEqual({ privateHosts: [input] });

  expect(await fetch(a.id)).toMatchObject({ status: 200, body: Buffer.from('reached').toString('base64') });
  await expect(fetch(b.id)).rejects.toMatchObject({ code: 'SECURITY_EGRESS_ADDRESS_FORBIDDEN' });
  expect(hits).toBe(1);
  expect(await a.admin.data('{ egressCounts { extension requests connects } }')).toEqual({
    egressCounts: [{ extension: 'acme.caller', requests: 1, connects: 1 }],
  });
  expect(await b.admin.data('{ egressCounts { extension requests } }')).toEqual({ egressCounts: [] });

  const { closePrivateHost: closed } = await app.operator.data<{ closePrivateHost: { position: string } }>(
    'mutation($t: ID) { closePrivateHost(host: "127.0.0.1", tenant: $t) { position } }',
    { t: a.id },
  );
  await expect(fetch(a.id)).rejects.toMatchObject({ code: 'SECURITY_EGRESS_ADDRESS_FORBIDDEN' });
  expect(hits).toBe(1);
  const trail = await app.operator.data(
    'query($w: String) { auditEntries(first: 100, filter: { operation: "ClosePrivateHost" }, waitFor: $w) { nodes { operation outcome } } }',
    { w: closed.position },
  );
  expect(trail).toMatchObject({ auditEntries: { nodes: [{ operation: 'ClosePrivateHost', outcome: 'ALLOWED' }] } });
});
