// The README as a newcomer follows it: its GraphQL samples, then the guided tour.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GraphqlCaller } from '../../support/client.js';
import { startServer, type RunningServer } from '../../support/server.js';

const root = join(import.meta.dirname, '../../..');
let server: RunningServer;

beforeAll(async () => {
  server = await startServer();
}, 90_000);

afterAll(() => server?.remove());

it('answers every GraphQL sample of the README', async () => {
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const samples = [...readme.matchAll(/```graphql\n([\s\S]*?)```/g)].map(([, sample]) => sample ?? '');
  expect(samples.length).toBeGreaterThan(1);
  const demo = new GraphqlCaller(server.url, { token: server.adminToken, tenant: 'demo' });
  for (const sample of samples) expect((await demo.ask(sample)).errors).toEqual([]);
}, 60_000);

it('tells the whole story: install, configure, call, denials, a crash and back, disable, audit', async () => {
  const { code, output } = await tour(server.data);
  for (const line of [
    /kari\.hello is enabled/,
    /greeting\.say answered "Grüezi, Kari!" from kari\.hello/,
    /an undeclared host is refused/,
    /a viewer may not call plugins \(REQUEST_DENIED\)/,
    /and is nobody in another tenant \(REQUEST_/,
    /kari\.core was killed from outside; the platform saw: /,
    /and it is back: time\.now says /,
    /kari\.hello is disabled; its plugin answers PLUGIN_/,
    /denied +callPlugin|denied +mutation\.callPlugin/,
    /Nothing was simulated/,
  ]) {
    expect(output).toMatch(line);
  }
  expect(code).toBe(0);
}, 120_000);

async function tour(data: string): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [join(root, 'scripts/demo.mjs')], {
    cwd: root,
    env: { PATH: process.env['PATH'] ?? '', KARI_DATA_DIR: data },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | null>((done) => child.once('exit', (value) => done(value)));
  return { code, output };
}
