// S-03: nothing is seen that was not given. Everything an extension could list from inside the cage, with the engine's own checks switched off,
// equals an allow-list byte for byte.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { findEngine } from '../../../libs/sandbox/src/launcher/engine.adapter.js';
import { librariesOf } from '../../../libs/sandbox/src/launcher/programs.adapter.js';
import { ask, unsandboxed } from '../../support/asking.js';
import { allowed, carelessHost, written, type Inventory, type Seen } from '../../support/inventory.js';
import { needs } from '../../support/needs.js';
import { plainFolder, type PlainFolder } from '../../support/plain-folder.js';
import { launchers, type Launchers } from '../../support/sandboxes.js';
import { startable } from '../../support/startable.js';

const inventory = readFileSync('test/fixtures/extensions/spying/inventory.mjs', 'utf8');

let workshop: Launchers;
let libraries: readonly string[];

needs('linux', 'bwrap')('what is seen from inside the cage (S-03)', () => {
  beforeAll(async () => {
    workshop = await launchers();
    libraries = await librariesOf(workshop.provisions.engine);
  });
  afterAll(() => workshop.dispose());

  it.each(startable.filter((level) => level !== 'L1'))('at %s equals the allow-list byte for byte', async (level) => {
    const launched = await workshop.launch(level, inventory, 'S', { engineUnchecked: true });
    const seen = (await ask(launched, 'plugin:self.inventory', {})) as Inventory;
    launched.kill('stopped');
    await launched.ended;
    expect(written(seen)).toBe(written(allowed(libraries)));
  });

  it('is a fraction of what the same code sees outside: the control', async () => {
    const seen = (await unsandboxed(inventory, 'plugin:self.inventory', { depth: 1 }, { CANARY: 'x' })) as Inventory;
    expect(seen.files).toContain('/etc/passwd file');
    expect(seen.files).toContain('/sys folder');
    expect(seen.environment).toContain('CANARY=x');
    expect(seen.processes.length).toBeGreaterThan(2);
  });
});

needs(
  'linux',
  'root',
  'bwrap-plain',
  'plain-checkout',
)('what is seen from inside the cage of a host that is a plain user (S-03)', () => {
  let plain: PlainFolder;
  let seen: Readonly<Record<string, Seen>>;
  beforeAll(async () => {
    plain = await plainFolder();
    seen = await carelessHost({ plain });
  }, 60_000);
  afterAll(() => plain.remove());

  it('equals the same allow-list byte for byte', async () => {
    const bound = await librariesOf(findEngine());
    const { inside } = seen['L1+cage'] ?? {};
    expect(inside === undefined ? null : written(inside)).toBe(written(allowed(bound)));
  });
});
