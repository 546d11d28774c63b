// The process as an operator meets it: first start, stop, a second server, a busy port, a kill in the middle of work.
import { afterEach, expect, it } from '@jest/globals';
import { mkdtemp, rm, stat, writeFile, mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GraphqlCaller } from '../../support/client.js';
import { processesNaming, startServer, type RunningServer } from '../../support/server.js';

const open: RunningServer[] = [];
const folders: string[] = [];

async function server(options: Parameters<typeof startServer>[0] = {}): Promise<RunningServer> {
  const running = await startServer(options);
  open.push(running);
  return running;
}

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'kari-e2e-'));
  folders.push(made);
  return made;
}

afterEach(async () => {
  for (const running of open.splice(0)) await running.remove();
  for (const path of folders.splice(0)) await rm(path, { recursive: true, force: true });
}, 60_000);

const operator = (running: RunningServer): GraphqlCaller => new GraphqlCaller(running.url, { token: running.adminToken, tenant: '_' });

it('starts with one command, tells where and how safe, keeps the token to its owner, and stops in order', async () => {
  const running = await server();
  expect(running.output()).toMatch(/api +http:\/\/127\.0\.0\.1:\d+\/graphql/);
  expect(running.output()).toMatch(/mode +development/);
  expect(running.output()).toMatch(/sandbox +L[12]/);
  expect(running.output()).toMatch(/kari\.hello, kari\.core/);
  expect(running.output()).not.toContain(running.adminToken);
  expect((await stat(join(running.data, 'admin-token'))).mode & 0o777).toBe(0o600);

  expect(await running.stop('SIGINT')).toBe(0);
  expect(await processesNaming(running.data)).toEqual([]);
}, 90_000);

it('keeps everything acknowledged over SIGKILL, and owns every process again after the next start', async () => {
  const first = await server();
  const tenant = await operator(first).data<{ createTenant: { id: string; position: string } }>(
    'mutation { createTenant(input: { slug: "kept", name: "Kept" }) { id position } }',
  );
  await first.stop('SIGKILL');

  const second = await server({ data: first.data });
  const found = await operator(second).data<{ tenant: { id: string } }>(
    'query ($position: String) { tenant(id: "kept", waitFor: $position) { id } }',
    { position: tenant.createTenant.position },
  );
  expect(found.tenant.id).toBe(tenant.createTenant.id);
  expect(second.adminToken).toBe(first.adminToken);

  expect(await second.stop()).toBe(0);
  expect(await processesNaming(second.data)).toEqual([]);
}, 120_000);

it('refuses a second server on the same data folder in one line', async () => {
  const first = await server();
  await expect(startServer({ data: first.data })).rejects.toThrow(
    /Kari cannot start\. A Kari server \(pid \d+\) uses the data folder .*KARI_DATA_DIR\.\n$/,
  );
}, 90_000);

it('refuses a busy port, an unknown setting and a damaged data folder in one line each', async () => {
  const holder = createServer();
  await new Promise<void>((done) => holder.listen(0, '127.0.0.1', () => done()));
  const { port } = holder.address() as { port: number };
  await expect(startServer({ data: await folder(), env: { KARI_PORT: String(port) } })).rejects.toThrow(
    new RegExp(`Kari cannot start\\. Port ${port} on 127\\.0\\.0\\.1 is taken\\. .*KARI_PORT\\.\\n$`),
  );
  await new Promise((done) => holder.close(done));

  await expect(startServer({ data: await folder(), env: { KARI_PROT: '1' } })).rejects.toThrow(
    /KARI_PROT is no setting of Kari; did you mean KARI_PORT\?\n$/,
  );

  await expect(startServer({ data: await folder(), env: { KARI_ROLES: 'api' } })).rejects.toThrow(
    /runs all roles in one process.*Unset KARI_ROLES\.\n$/,
  );

  const damaged = await folder();
  await mkdir(join(damaged, 'postgres', 'cluster', 'data'), { recursive: true });
  await writeFile(join(damaged, 'postgres', 'cluster', 'data', 'PG_VERSION'), 'nonsense');
  await expect(startServer({ data: damaged })).rejects.toThrow(/Kari cannot start\. [^\n]+\n$/);
}, 90_000);

it('starts with every extension off in safe boot', async () => {
  const running = await server({ env: { KARI_SAFE_BOOT: '1' } });
  expect(running.output()).toMatch(/extensions +safe boot: none is started/);
  const caller = operator(running).as({ tenant: 'demo' });
  expect(await caller.code('mutation { installExtension(input: { extension: "kari.hello" }) { revision } }')).toBe('EXTENSION_SAFE_BOOT');
}, 90_000);
