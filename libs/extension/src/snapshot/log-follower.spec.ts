import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { derivedId, streamId, type RecordedEvent } from '@kari/kernel';
import { manualClock, MemoryEventStore, settled, type ManualClock } from '@kari/kernel/testing';
import { TENANT } from '../testing/stories.js';
import { quiet } from '../testing/world.js';
import { LogFollower } from './log-follower.js';

const stream = streamId('extension.installation', TENANT, 'acme.notes');
let clock: ManualClock;
let store: MemoryEventStore;
let folded: string[];
let follower: LogFollower;
let fold: (event: RecordedEvent) => void;

beforeEach(() => {
  clock = manualClock();
  store = new MemoryEventStore({ clock });
  folded = [];
  fold = (event) => folded.push(event.type);
  follower = new LogFollower(store, clock, clock, quiet, {
    filter: { categories: ['extension.installation'] },
    fold: (event) => fold(event),
  });
});
afterEach(() => follower.stop());

async function write(type: string, to = stream): Promise<string> {
  const meta = {
    tenant: TENANT,
    actor: 'a',
    actorKind: 'user',
    commandId: type,
    commandType: 'C',
    correlationId: 'c',
    occurredAt: '2026-01-01T00:00:00.000Z',
  } as const;
  const [result] = await store.append([
    { stream: to, expected: 'any', events: [{ id: derivedId(type), type, version: 1, data: {}, meta }] },
  ]);
  if (result?.ok !== true) throw result?.error ?? new Error('nothing was written');
  return result.position;
}

describe('what follows the log', () => {
  it('folds what was there and what comes, and knows when it has caught up', async () => {
    await write('One');
    expect(follower.whyStale()).toContain('has not caught up');
    follower.start();
    await follower.caughtUp();
    expect(follower.whyStale()).toBeNull();
    await follower.reached(await write('Two'));
    expect(folded).toEqual(['One', 'Two']);
  });

  it('reaches positions of events that are none of its own', async () => {
    follower.start();
    await follower.reached(await write('Other', streamId('tenancy.tenant', '_', 'x')));
    expect(folded).toEqual([]);
  });

  it('is stale the moment its subscription breaks, and goes on where it stood', async () => {
    follower.start();
    await follower.reached(await write('One'));
    await follower.caughtUp();
    let broken = true;
    fold = (event) => {
      if (broken) throw new Error('the fold broke');
      folded.push(event.type);
    };
    const position = await write('Two');
    await settled();
    expect(follower.whyStale()).not.toBeNull();
    broken = false;
    const reached = follower.reached(position);
    await clock.advance(1_000);
    await reached;
    expect(folded).toEqual(['One', 'Two']);
    expect(follower.whyStale()).toBeNull();
  });

  it('lets nobody wait for ever once it has stopped', async () => {
    follower.start();
    await follower.caughtUp();
    const waiting = follower.reached('999');
    await follower.stop();
    await expect(waiting).rejects.toThrow('stopped following');
    await expect(follower.reached('999')).rejects.toThrow('stopped following');
    expect(follower.whyStale()).toBe('it is not running');
  });
});
