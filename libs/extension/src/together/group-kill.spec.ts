// U-08 for upgrades that take over as one: the platform dies behind every single append, and a new process takes it up. At each of these
// moments everything that is enforced is old or everything is new, and so is the end.
import { afterEach, describe, expect, it } from '@jest/globals';
import type { RecordedEvent, StreamId } from '@kari/kernel';
import { TENANT } from '../testing/stories.js';
import { atRest, executeTogether, inForce, NEW, OLD, openedTogether, reached, unhealthy } from '../testing/together-stories.js';
import { World } from '../testing/world.js';

const worlds: World[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});
async function opened(): Promise<World> {
  const world = await openedTogether();
  worlds.push(world);
  return world;
}

async function recordedAfter(world: World, position: string): Promise<readonly RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const event of world.store.readAll({ after: position })) events.push(event);
  return events;
}

/** What one command decided is in the log as a whole or not at all. */
function appendsOf(events: readonly RecordedEvent[]): readonly (readonly RecordedEvent[])[] {
  const appends: RecordedEvent[][] = [];
  for (const event of events) {
    const last = appends.at(-1);
    if (last?.[0]?.stream === event.stream && last[0].meta.commandId === event.meta.commandId) last.push(event);
    else appends.push([event]);
  }
  return appends;
}

async function revisionOf(world: World, stream: StreamId): Promise<bigint> {
  for await (const { revision } of world.store.readStream(stream, { direction: 'backwards', limit: 1 })) return revision;
  return -1n;
}

interface Story {
  readonly name: string;
  readonly end: readonly string[];
  /** Lived once in a world that nobody kills. */
  live(world: World): Promise<unknown>;
  /** Holds for the world that takes it up, too. */
  spoil?(world: World): void;
}

const stories: readonly Story[] = [
  { name: 'that go all the way', end: NEW, live: executeTogether },
  { name: 'of which one fails in its trial', end: OLD, live: executeTogether, spoil: unhealthy },
  {
    name: 'whose plan is cancelled',
    end: OLD,
    live: async (world) => {
      world.sandboxes.hold('candidate hook:onUpgrade').on('candidate hook:onUpgrade', () => null);
      const plan = await executeTogether(world);
      await reached(world, 'candidate hook:onUpgrade acme.notes');
      await world.planManager.cancel(plan, world.caller());
    },
  },
  {
    name: 'that are rolled back',
    end: OLD,
    live: async (world) => {
      await executeTogether(world);
      await atRest(world);
      await world.manager.rollBack('acme.notes', world.caller());
    },
  },
];

describe('U-08 upgrades that only fit together, killed behind every append', () => {
  it.each(stories)(
    '$name are all old or all new, never between',
    async ({ end, live, spoil }) => {
      const model = await opened();
      const before = await model.store.head();
      spoil?.(model);
      await live(model);
      await atRest(model);
      expect(inForce(model)).toEqual(end);
      const appends = appendsOf(await recordedAfter(model, before));
      expect(appends.length).toBeGreaterThan(15);

      for (let count = 0; count <= appends.length; count += 1) {
        const at = await opened();
        await at.close();
        const lived = appends.slice(0, count);
        for (const append of lived) {
          const [{ stream }] = append as readonly [RecordedEvent];
          const revision = await revisionOf(at, stream);
          const events = append.map(({ id, type, version, data, meta }) => ({ id, type, version, data, meta }));
          await at.store.append([{ stream, expected: revision < 0n ? 'none' : revision, events }]);
        }
        // Nothing that ran outlives the one who ran it.
        at.sandboxes.onTrial.clear();
        at.sandboxes.running.clear();

        const types = lived.flat().map(({ type }) => type);
        const serving = types.lastIndexOf('ExtensionGroupUpgraded') > types.lastIndexOf('ExtensionGroupRolledBack') ? NEW : OLD;
        const frozen = await World.inspect(at);
        expect({ count, last: types.at(-1), enforced: inForce(frozen, TENANT) }).toEqual({ count, last: types.at(-1), enforced: serving });
        await frozen.close();

        const taken = await at.restart();
        worlds.push(taken);
        spoil?.(taken);
        await atRest(taken);
        expect([OLD, NEW]).toContainEqual(inForce(taken));
        if (count === appends.length) expect(inForce(taken)).toEqual(end);
        await taken.close();
        worlds.splice(1);
      }
    },
    60_000,
  );
});
