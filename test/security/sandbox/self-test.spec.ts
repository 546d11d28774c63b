// The level of this machine, measured: as the host it is, and as a plain user.
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { SandboxWorld } from '../../support/sandbox-world.js';
import { needs } from '../../support/needs.js';

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
