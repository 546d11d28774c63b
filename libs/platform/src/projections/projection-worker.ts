// Keeps one view while its lease lasts: makes its table, follows the log, builds the next one beside it and swaps.
import type { Position, Projection } from '@kari/kernel';
import type { PoolClient } from 'pg';
import type { Lease } from '../leases/index.js';
import type { Written } from './batch-writer.js';
import { createView, dropView, exchange, fits, lockViews, promote, viewsOf, type View } from './view-catalogue.js';
import { ViewFollower, type FollowerParts } from './view-follower.js';

interface Views {
  /** Null while only a table of another version is there: it is read, but nobody here can continue it. */
  readonly live: View | null;
  readonly building: View | null;
}

export class ProjectionWorker {
  private live: ViewFollower | null = null;
  private building: ViewFollower | null = null;
  private wake: (() => void) | null = null;

  constructor(
    private readonly parts: FollowerParts,
    private readonly projection: Projection,
    private readonly onWritten: (written: Written) => void,
  ) {}

  /** How far the live table is; null unless this process keeps it. */
  get position(): Position | null {
    return this.live?.position ?? null;
  }

  get isRebuilding(): boolean {
    return this.building !== null;
  }

  /** Somebody waits for the live table to come so far. */
  wanted(position: Position): void {
    this.live?.wanted(position);
  }

  /** Something is wished for in the database: look now. Whoever knows of it goes on telling until it is done. */
  look(): void {
    this.wake?.();
  }

  /** Rejects when the lease is lost or the store cannot go on; resolves with the signal. */
  async work(lease: Lease, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) await this.keep(await this.prepare(lease), lease, signal);
  }

  /** Until a built table has taken the live one's place, or the signal. */
  private async keep(views: Views, lease: Lease, signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    const until = AbortSignal.any([signal, over.signal]);
    this.live = views.live === null ? null : new ViewFollower(this.parts, this.projection, views.live, lease, until, this.onWritten);
    const following = this.live?.run() ?? Promise.resolve();
    const looking = this.lookAfter(views.building, lease, until);
    try {
      await Promise.race([looking, failureOf(following)]);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      over.abort();
      await Promise.allSettled([following, looking]);
      this.live = null;
    }
  }

  private async lookAfter(building: View | null, lease: Lease, signal: AbortSignal): Promise<void> {
    for (let next = building; !signal.aborted;) {
      if (next !== null) return this.build(next, lease, signal);
      await this.live?.fulfilWishes();
      await this.pause(signal);
      next = (await viewsOf(this.parts.database.pool, this.projection.name)).find((view) => view.status === 'building') ?? null;
    }
  }

  private async build(view: View, lease: Lease, signal: AbortSignal): Promise<void> {
    const fields = { projection: this.projection.name, generation: view.generation };
    this.parts.logger.info({ ...fields, position: view.position }, 'a view is being rebuilt');
    const building = new ViewFollower(this.parts, this.projection, view, lease, signal, () => undefined);
    this.building = building;
    const running = building.run();
    try {
      await Promise.race([building.reached(this.live?.position ?? (await this.parts.store.head())), failureOf(running)]);
      // From here to the swap the live table stands still, so that no reader sees the view go back.
      await this.live?.stop();
      await Promise.race([building.reached(this.live?.position ?? building.position), failureOf(running)]);
      await building.stop();
      await this.underFence(lease, (client) => promote(client, this.projection, view));
      this.parts.logger.info({ ...fields, position: building.position }, 'a rebuilt view is live');
    } finally {
      await building.stop();
      await running.catch(() => undefined);
      this.building = null;
    }
  }

  private async prepare(lease: Lease): Promise<Views> {
    const { projection } = this;
    return this.underFence(lease, async (client) => {
      const found = await viewsOf(client, projection.name);
      const live = found.find((view) => view.status === 'live');
      const previous = found.find((view) => view.status === 'previous');
      let building = found.find((view) => view.status === 'building') ?? null;
      if (building !== null && !fits(building, projection)) {
        await dropView(client, projection, 'building');
        building = null;
      }
      if (live === undefined) return { live: await createView(client, projection, 'live'), building };
      if (fits(live, projection)) return { live, building };
      if (previous !== undefined && fits(previous, projection)) {
        // The release before is back: the table that was kept for it is behind, not wrong.
        await exchange(client, projection);
        return { live: { ...previous, status: 'live' }, building: null };
      }
      return { live: null, building: building ?? (await createView(client, projection, 'building')) };
    });
  }

  private async underFence<T>(lease: Lease, work: (client: PoolClient) => Promise<T>): Promise<T> {
    return this.parts.database.transaction(async (client) => {
      await this.parts.leases.guard(lease, client);
      await lockViews(client, this.projection.name);
      return work(client);
    });
  }

  private async pause(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const go = (): void => {
        signal.removeEventListener('abort', go);
        resolve();
      };
      this.wake = go;
      signal.addEventListener('abort', go, { once: true });
    });
    this.wake = null;
  }
}

/** Rejects with the work, and never resolves: for a race that only its failure may end. */
async function failureOf(work: Promise<unknown>): Promise<never> {
  await work;
  return new Promise<never>(() => undefined);
}
