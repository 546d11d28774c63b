// Keeps every registered view: one lease for each, so that any number of processes share them. Started and stopped by the server, explicitly.
import {
  comparePositions,
  rejected,
  START,
  Unavailable,
  type Clock,
  type EventStore,
  type Position,
  type Projection,
  type Timer,
} from '@kari/kernel';
import { holdShard } from '../leases/index.js';
import type { AnyProjection } from '../registry/index.js';
import type { WriterParts } from './batch-writer.js';
import { IdleCheckpoints } from './idle-checkpoints.js';
import type { ProjectionNotices } from './notices.js';
import { listParked, wish, type ParkedKey, type Wish } from './parking.js';
import { ProjectionWorker } from './projection-worker.js';
import type { ProjectionsClock } from './projections-clock.port.js';
import { createView, fits, lockViews, physicalName, viewsOf, type ViewStatus } from './view-catalogue.js';
import { ViewTable } from './view-table.js';

export interface RunnerParts extends WriterParts {
  readonly store: EventStore;
  readonly clock: Clock;
  readonly notices: ProjectionNotices;
}

export interface ProjectionStatus {
  readonly projection: string;
  readonly version: number;
  /** How far the live table is. */
  readonly position: Position;
  /** Positions between the end of the log and the live table; events, where positions have no holes. */
  readonly behind: number;
  /** `waiting`: no table yet, or only one of another version. */
  readonly state: 'live' | 'rebuilding' | 'waiting';
  readonly parkedKeys: number;
  /** Whether this process keeps it. */
  readonly here: boolean;
}

export interface ViewHash {
  readonly hash: string;
  readonly rows: number;
  /** The table's checkpoint in the same snapshot. */
  readonly position: Position;
}

const ELSEWHERE_POLL_MS = 15;
/** How often it is looked for what other processes wish of the views: one look for all of them. */
const LOOK_MS = 1000;
const WISHED = `
  select projection from projections.view where status = 'building'
  union select projection from projections.parked_key where wish is not null`;
/** Of the log, as callers hand it in. */
const POSITION = /^\d{1,19}$/;
const DEFAULT_TIMEOUT_MS = 5000;

export class ProjectionRunner implements ProjectionsClock {
  private readonly workers = new Map<string, ProjectionWorker>();
  private readonly projections: ReadonlyMap<string, Projection>;
  private stopping = new AbortController();
  private running: Promise<unknown> = Promise.resolve();
  private looking: Timer | null = null;
  private readonly checkpoints: IdleCheckpoints;

  constructor(
    private readonly parts: RunnerParts,
    projections: readonly AnyProjection[],
  ) {
    this.projections = new Map(projections.map((projection) => [projection.name, projection]));
    this.checkpoints = new IdleCheckpoints(parts);
  }

  /** Makes the tables that are not there yet, so that readers find them empty rather than missing. For processes that only read, this is all. */
  async prepare(): Promise<void> {
    for (const projection of this.projections.values()) {
      await this.parts.database.transaction(async (client) => {
        await lockViews(client, projection.name);
        const found = await viewsOf(client, projection.name);
        if (!found.some((view) => view.status === 'live')) await createView(client, projection, 'live');
      });
    }
  }

  async start(): Promise<void> {
    await this.prepare();
    this.stopping = new AbortController();
    const { signal } = this.stopping;
    this.running = Promise.all([...this.projections.values()].map((projection) => this.hold(projection, signal)));
    this.looking = this.parts.timers.every(LOOK_MS, () => void this.look());
  }

  /** Resolves when every batch in hand is written and every lease given up. */
  async stop(): Promise<void> {
    this.looking?.cancel();
    this.stopping.abort();
    await this.running;
  }

  async waitFor(projection: string, position: Position, timeoutMs = DEFAULT_TIMEOUT_MS): Promise<void> {
    this.known(projection);
    if (!POSITION.test(position))
      throw rejected('REQUEST_INVALID', { operation: 'the read', reason: '"waitFor" is not a position of the log' });
    const deadline = this.parts.clock.monotonic() + timeoutMs;
    this.workers.get(projection)?.wanted(position);
    for (;;) {
      const reached = this.workers.get(projection)?.position ?? (await this.storedPosition(projection));
      if (comparePositions(reached, position) >= 0) return;
      const left = deadline - this.parts.clock.monotonic();
      if (left <= 0)
        throw new Unavailable(`the view ${projection} is at ${reached} and has not come to ${position} in ${timeoutMs} ms`, true);
      await this.nextNotice(projection, Math.min(left, ELSEWHERE_POLL_MS));
    }
  }

  /** Builds the view anew beside the live one; resolves when it is live. Joins a rebuild that is under way. */
  async rebuild(name: string, signal?: AbortSignal): Promise<void> {
    const projection = this.known(name);
    const generation = await this.parts.database.transaction(async (client) => {
      await lockViews(client, name);
      const found = await viewsOf(client, name);
      const under = found.find((view) => view.status === 'building' && fits(view, projection));
      return (under ?? (await createView(client, projection, 'building'))).generation;
    });
    this.workers.get(name)?.look();
    for (;;) {
      const views = await viewsOf(this.parts.database.pool, name);
      const mine = views.find((view) => view.generation === generation);
      if (mine?.status !== 'building') {
        if (mine?.status === 'live') return;
        throw new Unavailable(`the rebuild of ${name} was given up for another one`, true);
      }
      await this.nextNotice(name, ELSEWHERE_POLL_MS);
      signal?.throwIfAborted();
    }
  }

  /** Of one table of the view: equal hashes at equal positions mean equal rows. Null when there is no such table. */
  async hashOf(name: string, status: ViewStatus = 'live'): Promise<ViewHash | null> {
    const projection = this.known(name);
    return this.parts.database.transaction(async (client) => {
      // One snapshot for rows and checkpoint.
      await client.query('set transaction isolation level repeatable read, read only');
      const view = (await viewsOf(client, name)).find((found) => found.status === status);
      if (view === undefined) return null;
      const table = new ViewTable(projection.table, physicalName(projection, status), view.generation);
      return { ...(await table.hash(client)), position: view.position };
    });
  }

  async statuses(): Promise<readonly ProjectionStatus[]> {
    const head = await this.parts.store.head();
    const parked = await this.parked();
    return Promise.all(
      [...this.projections.values()].map(async (projection) => {
        const views = await viewsOf(this.parts.database.pool, projection.name);
        const live = views.find((view) => view.status === 'live');
        const worker = this.workers.get(projection.name);
        const position = worker?.position ?? live?.position ?? START;
        const state = views.some((view) => view.status === 'building')
          ? 'rebuilding'
          : live !== undefined && fits(live, projection)
            ? 'live'
            : 'waiting';
        return {
          projection: projection.name,
          version: live?.version ?? projection.version,
          position,
          behind: Math.max(0, Number(BigInt(head) - BigInt(position))),
          state,
          parkedKeys: parked.filter((key) => key.projection === projection.name).length,
          here: worker !== undefined && worker.position !== null,
        };
      }),
    );
  }

  async parked(projection: string | null = null): Promise<readonly ParkedKey[]> {
    return listParked(this.parts.database.pool, projection);
  }

  /** Tries a parked key again with everything that waits behind it; `skip` leaves its first event out for good. */
  async redrive(name: string, key: string, what: Wish = 'retry'): Promise<void> {
    this.known(name);
    if (!(await wish(this.parts.database.pool, name, key, what))) throw rejected('REQUEST_NOT_FOUND', { thing: 'parked key', id: key });
    this.workers.get(name)?.look();
  }

  private async look(): Promise<void> {
    // Out of reach: the next look comes soon.
    const wished = await this.parts.database.query<{ projection: string }>(WISHED).catch(() => []);
    for (const { projection } of wished) this.workers.get(projection)?.look();
  }

  private hold(projection: Projection, signal: AbortSignal): Promise<void> {
    const { leases, timers, logger, notices } = this.parts;
    const worker = new ProjectionWorker({ ...this.parts, checkpoints: this.checkpoints }, projection, ({ position, changed }) =>
      notices.tell({ projection: projection.name, position, keys: changed }),
    );
    this.workers.set(projection.name, worker);
    const onError = (error: unknown): void => logger.warn({ projection: projection.name, error }, 'a view stands still, trying again');
    return holdShard(leases, `projection:${projection.name}`, { timers, signal, onError }, (lease, until) => worker.work(lease, until));
  }

  private async storedPosition(projection: string): Promise<Position> {
    const found = this.known(projection);
    const live = (await viewsOf(this.parts.database.pool, projection)).find((view) => view.status === 'live' && fits(view, found));
    return live?.position ?? START;
  }

  private async nextNotice(projection: string, milliseconds: number): Promise<void> {
    const noticed = new AbortController();
    const stop = this.parts.notices.listen((notice) => {
      if (notice.projection === projection) noticed.abort();
    });
    await this.parts.timers.sleep(milliseconds, noticed.signal).catch(() => undefined);
    stop();
  }

  private known(name: string): Projection {
    const projection = this.projections.get(name);
    if (projection === undefined) throw rejected('REQUEST_NOT_FOUND', { thing: 'view', id: name });
    return projection;
  }
}
