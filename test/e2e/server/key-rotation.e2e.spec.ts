// The master key is replaced while everything it protects stays readable, and nothing is readable without it.
import { afterAll, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { GraphqlCaller } from '../../support/client.js';
import { startServer, type RunningServer } from '../../support/server.js';

const root = join(import.meta.dirname, '../../..');
const run = promisify(execFile);
let server: RunningServer | null = null;

afterAll(() => server?.remove());

const caller = (running: RunningServer): GraphqlCaller => new GraphqlCaller(running.url, { token: running.adminToken, tenant: 'demo' });
const rotate = (data: string, ...args: string[]) =>
  run(process.execPath, ['scripts/rotate-master-key.mjs', ...args], { cwd: root, env: { ...process.env, KARI_DATA_DIR: data } });
const emails = async (running: RunningServer): Promise<readonly (string | null)[]> =>
  (await caller(running).data<{ members: { nodes: { email: string | null }[] } }>('{ members { nodes { email } } }')).members.nodes.map(
    ({ email }) => email,
  );

it('re-wraps every key at the next start, then lives without the old one', async () => {
  server = await startServer();
  await caller(server).data('mutation { addMember(input: { email: "rotated@example.invalid", name: "R", roles: ["viewer"] }) { id } }');
  await expect(rotate(server.data)).rejects.toThrow(/stop it first/);
  await server.stop();

  await rotate(server.data);
  server = await startServer({ data: server.data });
  expect(server.output()).toContain('keys are wrapped by the current master key');
  await server.stop();

  await rotate(server.data, '--drop');
  expect(await readdir(join(server.data, 'keys'))).not.toEqual(expect.arrayContaining([expect.stringMatching(/^master\..+\.key$/)]));
  server = await startServer({ data: server.data });
  expect(await emails(server)).toContain('rotated@example.invalid');
}, 180_000);
