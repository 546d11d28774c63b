// An extension that tries to see, reach and change what it was not given. The same code succeeds without a sandbox, or the test proves nothing;
// what arrives is counted at the listener, not in our own log.
import { mkdtempSync, readdirSync, rmSync, writeFileSync, chmodSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ask, unsandboxed } from '../../support/asking.js';
import { fixture, launchers, type Launchers } from '../../support/sandboxes.js';
import { startable } from '../../support/startable.js';

type Attempts = Readonly<Record<string, { readonly done: boolean; readonly got?: string; readonly error?: string }>>;

/** With the engine's checks off, these succeed inside the cage, on nothing but its own namespace. */
const OWN_IN_THE_CAGE = ['foreign', 'hostname', 'askPermission'];
const SECRET = 'canary-of-the-host';

const spying = fixture('spying');
let workshop: Launchers;
let folder: string;
let server: Server;
let hits = 0;
let target: Readonly<Record<string, unknown>>;

beforeAll(async () => {
  workshop = await launchers();
  folder = mkdtempSync(join(tmpdir(), 'kari-spied-'));
  // Readable and writable for everyone: whatever is blocked is not blocked by the file's own mode.
  chmodSync(folder, 0o777);
  writeFileSync(join(folder, 'secret.mjs'), `export default '${SECRET}';\n`, { mode: 0o666 });
  process.env['KARI_SPIED'] = SECRET;
  server = createServer((_, response) => response.end()).on('connection', () => (hits += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  target = {
    file: join(folder, 'secret.mjs'),
    folder,
    port: (server.address() as AddressInfo).port,
    variable: 'KARI_SPIED',
    secret: SECRET,
    pid: process.pid,
  };
});
afterAll(async () => {
  delete process.env['KARI_SPIED'];
  await workshop.dispose();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

const input = (name: string) => ({ ...target, written: join(folder, `written-by-${name}`) });
const succeeded = (attempts: Attempts) => Object.keys(attempts).filter((name) => attempts[name]?.done === true);

async function spied(level: 'L1' | 'L1+cage' | 'L2', engineUnchecked = false): Promise<Attempts> {
  const launched = await workshop.launch(level, spying, 'S', { engineUnchecked });
  try {
    return (await ask(launched, 'plugin:self.spy', input(level))) as Attempts;
  } finally {
    launched.kill('stopped');
    await launched.ended;
  }
}

describe('a spying extension', () => {
  it('succeeds with everything outside of a sandbox: the control', async () => {
    const attempts = (await unsandboxed(spying, 'plugin:self.spy', input('control'), { KARI_SPIED: SECRET })) as Attempts;
    expect(Object.entries(attempts).filter(([, { done }]) => !done)).toEqual([]);
    expect(Object.keys(attempts).length).toBeGreaterThan(25);
    expect(hits).toBeGreaterThan(0);
  });

  it.each(startable)('succeeds with nothing at %s', async (level) => {
    hits = 0;
    expect(succeeded(await spied(level))).toEqual([]);
    expect(hits).toBe(0);
    expect(readdirSync(folder).filter((name) => name.includes(level))).toEqual([]);
  });

  it.each(startable.filter((level) => level !== 'L1'))(
    'reaches nothing of the host at %s even with the engine wide open',
    async (level) => {
      hits = 0;
      const attempts = await spied(level, true);
      expect(succeeded(attempts).filter((name) => !OWN_IN_THE_CAGE.includes(name))).toEqual([]);
      expect(attempts['connect']?.error).toContain('os error 1');
      expect(attempts['hostname']?.got).toBe('sbx');
      expect(JSON.stringify(attempts)).not.toContain(SECRET);
      expect(hits).toBe(0);
    },
  );
});
