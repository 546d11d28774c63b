// What every adapter of the places that runs share promises.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { PlaceWish } from '../../libs/workflow/src/places/place.rules.js';
import type { Places } from '../../libs/workflow/src/places/places.port.js';

export interface PlacesWorld {
  /** The places as another process has them. */
  process(): Places;
  end(): Promise<void>;
}

export function placesSuite(name: string, open: () => Promise<PlacesWorld>): void {
  describe(`shared places: ${name}`, () => {
    let world: PlacesWorld;
    const queue = { tenant: randomUUID(), queue: randomUUID() };
    const wish = (run: string, over: Partial<PlaceWish> = {}): PlaceWish => ({
      run,
      turn: 1,
      places: 1,
      overlap: 'queue',
      ancestors: [],
      ...over,
    });
    const turn = (run: string) => ({ run, turn: 1 });
    const [a, b, c] = [randomUUID(), randomUUID(), randomUUID()];
    beforeEach(async () => {
      world = await open();
      queue.queue = randomUUID();
    });
    afterEach(() => world.end());

    it('gives a place, then a place in the line; asking again answers as things stand', async () => {
      const places = world.process();
      expect(await places.enter(queue, wish(a))).toEqual({ status: 'held' });
      const second = { status: 'waiting', behind: [a], ahead: 1, replaces: [] };
      expect(await places.enter(queue, wish(b))).toEqual(second);
      expect(await world.process().enter(queue, wish(c))).toMatchObject({ status: 'waiting', behind: [a, b], ahead: 2 });
      expect(await world.process().enter(queue, wish(a))).toEqual({ status: 'held' });
      expect(await world.process().enter(queue, wish(b))).toEqual(second);
    });

    it('passes a place on, and tells of it until they know', async () => {
      const places = world.process();
      for (const run of [a, b, c]) await places.enter(queue, wish(run));
      expect(await places.leave(queue, turn(a))).toEqual([turn(b)]);
      expect(await world.process().leave(queue, turn(a))).toEqual([turn(b)]);
      await places.told(queue, [turn(b)]);
      expect(await places.leave(queue, turn(a))).toEqual([]);
      expect(await places.enter(queue, wish(b))).toEqual({ status: 'held' });
      expect(await places.leave(queue, turn(b))).toEqual([turn(c)]);
    });

    it('forgets who leaves the line, and lets nobody in whose turn is over', async () => {
      const places = world.process();
      await places.enter(queue, wish(a));
      await places.enter(queue, wish(b));
      expect(await places.leave(queue, turn(b))).toEqual([]);
      expect(await places.leave(queue, turn(c))).toEqual([]);
      expect(await places.enter(queue, wish(b))).toEqual({ status: 'left' });
      expect(await places.enter(queue, wish(c))).toEqual({ status: 'left' });
      expect(await places.enter(queue, wish(b, { turn: 2 }))).toMatchObject({ status: 'waiting', behind: [a] });
    });

    it('keeps queues and tenants apart', async () => {
      const places = world.process();
      await places.enter(queue, wish(a));
      expect(await places.enter({ ...queue, tenant: randomUUID() }, wish(b))).toEqual({ status: 'held' });
      expect(await places.enter({ ...queue, queue: randomUUID() }, wish(c))).toEqual({ status: 'held' });
    });

    it('gives no place twice, however many processes ask at once', async () => {
      const runs = Array.from({ length: 20 }, () => randomUUID());
      const processes = [world.process(), world.process(), world.process()];
      const answers = await Promise.all(runs.map((run, index) => processes[index % 3]!.enter(queue, wish(run, { places: 3 }))));
      expect(answers.filter(({ status }) => status === 'held')).toHaveLength(3);
      expect(answers.filter(({ status }) => status === 'waiting')).toHaveLength(17);
    });
  });
}
