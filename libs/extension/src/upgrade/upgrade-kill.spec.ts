// U-08 in memory: the platform dies behind every single append of an upgrade, and a new process takes it up. What is served at each of these
// moments is exactly one version with its own grants, and the end is the old version or the new one.
import { afterEach, describe, expect, it } from '@jest/globals';
import { streamId, type RecordedEvent } from '@kari/kernel';
import type { Manifest } from '@kari/protocol/manifest';
import { extension, kv, manifest, TENANT } from '../testing/stories.js';
import { eventually, World } from '../testing/world.js';

const STREAM = streamId('extension.installation', TENANT, extension);
const TCP = 'tcp:db:5432';
const OLD = { version: '1.0.0', grants: ['kv'] };
const NEW = { version: '2.0.0', grants: [TCP] };
const older = manifest({ version: OLD.version, permissions: { kv: { bytes: 1_000, reason: kv.reason } } });
const newer: Manifest = manifest({ version: NEW.version, permissions: { tcp: [{ host: 'db', port: 5432, reason: 'stores notes' }] } });
const open: World[] = [];

afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function installed(): Promise<World> {
  const at = await World.open();
  open.push(at);
  await at.tenant(TENANT);
  await at.package(older);
  await at.manager.install({ extension, version: null, consented: ['kv'], enable: true }, at.caller());
  await at.until(extension, 'enabled');
  await at.package(newer);
  return at;
}

async function recordedOf(at: World): Promise<readonly RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const event of at.store.readStream(STREAM)) events.push(event);
  return events;
}

/** The appends since that revision: what one command decided is in the log as a whole or not at all. */
function appendsOf(events: readonly RecordedEvent[], after: number): readonly (readonly RecordedEvent[])[] {
  const appends: RecordedEvent[][] = [];
  for (const event of events.slice(after)) {
    const last = appends.at(-1);
    if (last?.[0]?.meta.commandId === event.meta.commandId) last.push(event);
    else appends.push([event]);
  }
  return appends;
}

const enforced = (at: World): { version: string | undefined; grants: readonly string[] } => {
  const found = at.snapshot.find(TENANT, extension);
  const held = (found?.grants ?? []).filter(({ state }) => state === 'granted');
  return { version: found?.version.version, grants: held.map(({ id }) => id) };
};

async function settledAt(at: World): Promise<void> {
  await eventually(
    async () => {
      const state = await at.state(extension);
      return 'upgrade' in state && (state.upgrade === null || state.upgrade.phase === 'held') && at.sandboxes.candidates.all().length === 0;
    },
    async () => `still between two versions: ${(await at.types(extension)).at(-1)} ${JSON.stringify(at.sandboxes.candidates.all())}`,
  );
  await at.snapshot.reached(await at.store.head());
}

interface Story {
  readonly name: string;
  /** Lived once in a world that nobody kills. */
  live(at: World): Promise<void>;
  /** Holds for the world that takes it up, too. */
  spoil?(at: World): void;
}

const ask = (at: World): Promise<unknown> => at.manager.upgrade({ extension, version: null, consented: [TCP] }, at.caller());
const unhealthy = (at: World): void => void at.sandboxes.on('candidate hook:onHealthCheck', () => ({ healthy: false, reason: 'no disk' }));

const stories: readonly Story[] = [
  { name: 'that goes all the way', live: async (at) => void (await ask(at)) },
  { name: 'whose trial fails', live: async (at) => void (await ask(at)), spoil: unhealthy },
  {
    name: 'that is cancelled in its trial',
    live: async (at) => {
      at.sandboxes.hold('candidate hook:onUpgrade').on('candidate hook:onUpgrade', () => undefined);
      await ask(at);
      await eventually(
        () => at.sandboxes.calls.includes(`candidate hook:onUpgrade ${extension}`),
        () => at.sandboxes.calls.join(),
      );
      await at.manager.cancelUpgrade(extension, at.caller());
    },
  },
  {
    name: 'that waits for consent and gets it',
    live: async (at) => {
      await at.manager.upgrade({ extension, version: null, consented: [] }, at.caller());
      await settledAt(at);
      await at.manager.consentToUpgrade(extension, [TCP], at.caller());
    },
  },
  {
    name: 'that is rolled back',
    live: async (at) => {
      await ask(at);
      await settledAt(at);
      await at.manager.rollBack(extension, at.caller());
    },
  },
];

describe('U-08 an upgrade killed behind every append', () => {
  it.each(stories)('$name ends in the old version or the new one, never between', async ({ live, spoil }) => {
    const model = await installed();
    const before = (await recordedOf(model)).length;
    spoil?.(model);
    await live(model);
    await settledAt(model);
    const appends = appendsOf(await recordedOf(model), before);
    expect(appends.length).toBeGreaterThan(4);

    const ends = new Set<string>();
    for (let count = 0; count <= appends.length; count += 1) {
      const at = await installed();
      await at.close();
      const lived = appends.slice(0, count).flat();
      if (lived.length > 0) {
        const expected = BigInt((await recordedOf(at)).length - 1);
        const events = lived.map(({ id, type, version, data, meta }) => ({ id, type, version, data, meta }));
        await at.store.append([{ stream: STREAM, expected, events }]);
      }
      // Nothing that ran outlives the one who ran it.
      at.sandboxes.onTrial.clear();
      at.sandboxes.running.clear();

      const frozen = await World.inspect(at);
      const types = lived.map(({ type }) => type);
      const serving = types.lastIndexOf('ExtensionUpgraded') > types.lastIndexOf('ExtensionRolledBack') ? NEW : OLD;
      expect({ count, ...enforced(frozen) }).toEqual({ count, ...serving });
      await frozen.close();

      const taken = await at.restart();
      open.push(taken);
      spoil?.(taken);
      await settledAt(taken);
      const end = enforced(taken);
      expect([OLD, NEW]).toContainEqual(end);
      if (count === appends.length) expect(end).toEqual(enforced(model));
      ends.add(String(end.version));
      await taken.close();
    }
    expect(ends.has(OLD.version)).toBe(true);
  });
});
