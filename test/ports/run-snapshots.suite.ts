// What every adapter of the snapshots of runs promises.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { RunSnapshot } from '../../libs/workflow/src/snapshots/run-snapshot.rules.js';
import type { RunSnapshots } from '../../libs/workflow/src/snapshots/run-snapshots.port.js';

export interface SnapshotsWorld {
  readonly snapshots: RunSnapshots;
  end(): Promise<void>;
}

export function runSnapshotsSuite(name: string, open: () => Promise<SnapshotsWorld>): void {
  describe(`snapshots of runs: ${name}`, () => {
    let world: SnapshotsWorld;
    beforeEach(async () => {
      world = await open();
    });
    afterEach(() => world.end());

    const at = (revision: bigint, body = '{"text":"ä \\u2028 \\" "}'): RunSnapshot => ({
      revision,
      event: randomUUID(),
      version: 3,
      body,
      checksum: randomUUID(),
    });

    it('come back as they were kept, of the run and the tenant they are of', async () => {
      const { snapshots } = world;
      const [tenant, other, run] = [randomUUID(), randomUUID(), randomUUID()];
      const [kept, others] = [at(2n ** 40n), at(7n)];
      await snapshots.keep(tenant, run, kept);
      await snapshots.keep(other, run, others);
      expect([await snapshots.find(tenant, run), await snapshots.find(other, run)]).toEqual([kept, others]);
      expect(await snapshots.find(tenant, randomUUID())).toBeNull();
    });

    it('give way to newer ones and never to older ones', async () => {
      const { snapshots } = world;
      const [tenant, run] = [randomUUID(), randomUUID()];
      const [old, same, newest] = [at(5n), at(9n, '1'), at(9n, '2')];
      for (const one of [same, newest, old]) await snapshots.keep(tenant, run, one);
      expect(await snapshots.find(tenant, run)).toEqual(newest);
    });

    it('are forgotten with their run, and with their tenant', async () => {
      const { snapshots } = world;
      const [tenant, other, one, two] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
      const kept = at(1n);
      for (const owner of [tenant, other]) for (const run of [one, two]) await snapshots.keep(owner, run, kept);
      await snapshots.forget(tenant, one);
      expect([await snapshots.find(tenant, one), await snapshots.find(tenant, two)]).toEqual([null, kept]);
      await snapshots.forgetTenant(tenant);
      await snapshots.forgetTenant(tenant);
      expect([await snapshots.find(tenant, two), await snapshots.find(other, one)]).toEqual([null, kept]);
    });
  });
}
