// The level of this machine, measured: as the host it is, and as a plain user.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { systemClock, systemIds, systemRandom, systemTimers } from '@kari/platform/time';
import { findControlGroups } from '../../../libs/sandbox/src/launcher/cgroup.adapter.js';
import { findEngine } from '../../../libs/sandbox/src/launcher/engine.adapter.js';
import { resourceClasses } from '../../../libs/sandbox/src/launcher/resource-class.rules.js';
import { Isolation } from '../../../libs/sandbox/src/level/isolation.js';
import { SandboxWorld } from '../../support/sandbox-world.js';
import { needs } from '../../support/needs.js';
import { builtRunner, MemoryContents } from '../../support/sandboxes.js';

let world: SandboxWorld;
beforeEach(async () => {
  world = await SandboxWorld.open({ level: 'proven' });
});
afterEach(() => world.close());

needs(
  'linux',
  'bwrap',
  'cgroup',
)('the self-test on a host with bubblewrap and a writable control group', () => {
  it('proves L2 and says by what', () => {
    expect(world.isolation.report()).toMatchObject({
      level: 'L2',
      reason: null,
      features: expect.arrayContaining(['setpriv', 'schedidle', 'prlimit', 'bwrap', 'seccomp']),
    });
  });
});

needs('linux')('what a host that died left behind', () => {
  it('is removed when the next one starts: folders of processes, and control groups where there are any', async () => {
    // No process of this machine has that number.
    const dead = '4194305@long ago';
    const folder = mkdtempSync(join(tmpdir(), 'kari-left-'));
    chmodSync(folder, 0o755);
    const left = [join(folder, 'open', 'processes', dead)];
    mkdirSync(join(left[0] ?? '', 'one', 'b'), { recursive: true });
    writeFileSync(join(left[0] ?? '', 'one', 'b', 'bundle.mjs'), 'export {}');
    const group = findControlGroups().groups?.create('probe', resourceClasses.S) ?? null;
    for (const procs of group?.joins ?? []) left.push(join(dirname(dirname(procs)), `${dead}@one`));
    for (const one of left.slice(1)) mkdirSync(one);
    group?.remove();
    const logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined, child: () => logger };
    const runner = await builtRunner();
    const isolation = new Isolation(
      () => ({
        engine: findEngine(),
        runner,
        folder: join(folder, 'open'),
        ledgerFolder: join(folder, 'ledger'),
        contents: new MemoryContents(),
      }),
      { clock: systemClock, timers: systemTimers, ids: systemIds, random: systemRandom, logger },
    );
    expect(left.map((path) => existsSync(path))).toEqual(left.map(() => true));
    await isolation.prove();
    expect(left.map((path) => existsSync(path))).toEqual(left.map(() => false));
    isolation.dispose();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);
});
