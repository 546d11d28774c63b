// S-04: no secret by inheritance. A host that was started with 20 secret variables, 20 secret arguments and 20 open descriptors starts sandboxes at
// every level, as root and as a plain user; none of it is visible there, from inside or from outside.
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { carelessHost, type CarelessOptions, type Seen } from '../../support/inventory.js';
import { needs } from '../../support/needs.js';
import { plainFolder, type PlainFolder } from '../../support/plain-folder.js';
import { missing } from '../../support/probes.js';
import { startable } from '../../support/startable.js';

const COUNT = 20;
const GAP = 60;
const secretsOf = (kind: string): readonly string[] => Array.from({ length: COUNT }, (_, index) => `canary-${kind}-${index}-7f3a9c`);
const inEnvironment = secretsOf('variable');
const inArguments = secretsOf('argument');
const secrets = [...inEnvironment, ...inArguments];
/** A plain user has no control group to give away. */
const startableByAnyone = startable.filter((level) => level !== 'L2');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kari-s04-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each([
  ['a careless host', ['linux'], startable],
  ['a careless host that is a plain user', ['linux', 'root', 'bwrap-plain', 'plain-checkout'], startableByAnyone],
] as const)('%s', (who, wanted, levels) => {
  needs(...wanted)(`hands nothing on: ${who} (S-04)`, () => {
    let plain: PlainFolder | null = null;
    let seen: Readonly<Record<string, Seen>>;

    beforeAll(async () => {
      plain = who.includes('plain') && missing('root') === null ? await plainFolder() : null;
      seen = await withOpenDescriptors(plain === null ? {} : { plain });
    }, 120_000);
    afterAll(() => plain?.remove());

    it.each(levels)('at %s: none of 20 variables, 20 arguments and 20 descriptors', (level) => {
      const text = JSON.stringify(seen[level]);
      expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
      expect(seen[level]?.outside.filter((target) => target.startsWith(folder))).toEqual([]);
      expect(seen[level]?.inside?.canaries).toEqual([]);
    });

    it('outside of a sandbox all that a child can inherit: the control', () => {
      const outside = seen['careless']?.outside ?? [];
      expect(inEnvironment.filter((secret) => outside.some((value) => value.endsWith(secret)))).toHaveLength(COUNT);
      expect(outside.filter((target) => target.startsWith(folder))).toHaveLength(COUNT);
      expect(inArguments.filter((secret) => seen['host']?.outside.includes(secret))).toHaveLength(COUNT);
    });
  });
});

async function withOpenDescriptors(options: CarelessOptions): Promise<Readonly<Record<string, Seen>>> {
  const paths = inEnvironment.map((_, index) => join(folder, `descriptor-${index}`));
  for (const path of paths) writeFileSync(path, 'open');
  const descriptors = paths.map((path) => openSync(path, 'r'));
  try {
    return await carelessHost({
      ...options,
      environment: Object.fromEntries(inEnvironment.map((secret, index) => [`CANARY_${index}`, secret])),
      args: inArguments,
      // Far above the rest: Node closes the first few for its children by itself, and stops at the first gap.
      stdio: ['ignore', 'pipe', 'pipe', ...Array<null>(GAP).fill(null), ...descriptors],
    });
  } finally {
    descriptors.forEach((descriptor) => closeSync(descriptor));
  }
}
