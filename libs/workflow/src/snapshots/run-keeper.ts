// Keeps a run now and then, so that its next owner need not read a long history from its beginning. Nothing waits for it: without what is kept, the
// history is longer to read and tells the same.
import { Unavailable } from '@kari/kernel';
import { runStream, type EngineParts } from '../run/engine-parts.js';
import { isOver } from '../run/run-state.rules.js';
import { knownFrom, snapshotOf, type KnownRun } from './run-snapshot.rules.js';

const EVERY = 100;

type KeeperParts = Pick<EngineParts, 'store' | 'snapshots' | 'snapshotEvery' | 'onFault'>;

export class RunKeeper {
  /** Events between two snapshots: a history that has fewer is read whole. */
  readonly every: number;
  private working: Promise<void> = Promise.resolve();

  constructor(
    private readonly parts: KeeperParts,
    private readonly tenant: string,
    private readonly run: string,
    private readonly signal: AbortSignal,
  ) {
    this.every = parts.snapshots === undefined ? Infinity : (parts.snapshotEvery ?? EVERY);
  }

  /** Null where nothing is kept that can be used. The log decides: what does not stand there was never true, or is no longer. */
  async recalled(): Promise<KnownRun | null> {
    const { snapshots, store } = this.parts;
    const kept = (await snapshots?.find(this.tenant, this.run).catch((error: unknown) => this.failed(error))) ?? null;
    const known = kept === null ? null : knownFrom(kept);
    if (known === null) return null;
    const { revision, event } = known;
    for await (const { id } of store.readStream(runStream(this.tenant, this.run), { from: revision, to: revision, limit: 1 }))
      return id === event ? known : null;
    return null;
  }

  /** Its owner has brought it from `before` to where it is known now. */
  wrote(before: bigint, known: KnownRun): void {
    const { snapshots } = this.parts;
    if (snapshots === undefined || known.revision < BigInt(this.every)) return;
    const { tenant, run } = this;
    const every = BigInt(this.every);
    const over = isOver(known.state);
    if (!over && known.revision / every === before / every) return;
    // As it is now, whatever becomes of it until then.
    const snapshot = over ? null : snapshotOf(known);
    this.working = this.working
      .then(() => (snapshot === null ? snapshots.forget(tenant, run) : snapshots.keep(tenant, run, snapshot)))
      .catch((error: unknown) => void this.failed(error));
  }

  private failed(error: unknown): null {
    if (!(error instanceof Unavailable) && !this.signal.aborted) this.parts.onFault(error, `the snapshot of run ${this.run}`);
    return null;
  }
}
