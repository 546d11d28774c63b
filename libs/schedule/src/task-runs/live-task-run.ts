// One run in the hands of its owner: what the log says of it, the attempt that goes on, and the recording of what that came to.
import { comparePositions, Rejection, START, type Position } from '@kari/kernel';
import type { OpenRun } from './dispatch.rules.js';
import type { TaskEngineParts } from './task-engine-parts.js';
import { taskRunStream, type TaskRunCommand } from './task-run.commands.js';
import { evolveTaskRun, isOpen, taskRunDecider, type KnownTaskRun, type TaskRunState } from './task-run.decider.js';
import type { TaskRunEvent } from './task-run.events.js';

const TRY_AGAIN_MS = 1_000;
/** Longer than a lease that is not renewed. */
const STRANGE_MS = 10_000;
/** A handler that was asked to end has so long to do so. */
export const CANCEL_GRACE_MS = 5_000;
const MAKES_ROOM = 'a later run of the task takes its place';
/** What a second try cannot change: others have said before what was to be said, or the wish makes no sense any more. */
const SETTLED = new Set(['TASK_RUN_ENDED', 'TASK_RUN_NOT_FOUND']);

interface Attempt {
  readonly number: number;
  readonly cancel: AbortController;
  readonly done: Promise<void>;
}

export class LiveTaskRun {
  private state: TaskRunState = taskRunDecider.initialState;
  private revision = -1n;
  private wanted = 0n;
  private attempt: Attempt | null = null;
  /** Its place among the others: where in the log it was started. */
  private place: Position = START;
  /** Since when it has been seen running in the hands of somebody else who began it while it was ours; monotonic. */
  private strangeSince: number | null = null;
  private inheritedAttempt: number | null = null;

  constructor(
    private readonly parts: TaskEngineParts,
    readonly tenant: string,
    readonly run: string,
    /** Whether it was open when it came into our hands: who had it before has it no more. */
    private readonly inherited: boolean,
    /** Aborts when somebody else owns it. */
    private readonly signal: AbortSignal,
    /** Aborts when this process stops: nothing is tried again any more. */
    private readonly stopping: AbortSignal,
    private readonly changed: () => void,
  ) {}

  get inHand(): boolean {
    return this.attempt !== null;
  }

  /** Runs are dealt with in the order in which they were started. */
  comparedTo(other: LiveTaskRun): number {
    return comparePositions(this.place, other.place);
  }

  /** Nothing is left to do. */
  get isOver(): boolean {
    return this.state.status !== 'none' && !isOpen(this.state);
  }

  noticed(revision: bigint): void {
    if (revision > this.wanted) this.wanted = revision;
  }

  async catchUp(): Promise<void> {
    if (this.revision >= this.wanted && this.revision >= 0n) return;
    let { state, revision } = this;
    for await (const event of this.parts.store.readStream(taskRunStream(this.tenant, this.run), { from: revision + 1n })) {
      state = evolveTaskRun(state, event as unknown as TaskRunEvent);
      revision = event.revision;
      if (revision === 0n) this.place = event.position;
    }
    this.take(state, revision);
    this.inheritedAttempt ??= state.status === 'none' ? null : state.attempt;
  }

  /** Null while nothing is known of it. */
  open(now: number): OpenRun | null {
    const { state } = this;
    if (!isOpen(state)) return null;
    const { run, task, terms, attempt, status, retryAt, cancelling } = state;
    return {
      run,
      task,
      overlap: terms.overlap,
      standing: attempt === 0 && status === 'queued' ? 'queued' : 'active',
      inHand: this.inHand || status === 'running',
      due: status === 'queued' || (status === 'waiting' && (retryAt === null || Date.parse(retryAt) <= now)),
      cancelling: cancelling !== null,
    };
  }

  /** What must not wait: the end that somebody asked for, and the attempt of an owner that is gone. */
  async seeTo(): Promise<void> {
    if (!isOpen(this.state)) return;
    if (this.attempt === null && this.state.status === 'running') return this.takeOver(this.state);
    this.strangeSince = null;
    if (this.state.cancelling !== null) this.attempt?.cancel.abort(new Error('the run was cancelled'));
  }

  async skip(reason: 'overlap' | 'replaced'): Promise<void> {
    if (isOpen(this.state)) await this.send({ type: 'SkipTaskRun', data: { run: this.run, task: this.state.task, reason } });
  }

  /** For a later run. */
  async makeRoom(): Promise<void> {
    try {
      await this.send({ type: 'CancelTaskRun', data: { run: this.run, reason: MAKES_ROOM } });
    } catch (error) {
      if (!(error instanceof Rejection && SETTLED.has(error.code))) throw error;
      this.wanted = this.revision + 1n;
    }
  }

  begin(): void {
    if (this.attempt !== null || this.signal.aborted || !isOpen(this.state)) return;
    const cancel = new AbortController();
    const number = this.state.attempt + 1;
    const done = this.work(this.state.task, number, cancel.signal)
      .catch((error: unknown) => this.failed(error))
      .finally(() => {
        this.attempt = null;
        this.changed();
      });
    this.attempt = { number, cancel, done };
  }

  /** Resolves when no attempt of it goes on here. */
  async settled(): Promise<void> {
    await this.attempt?.done;
  }

  /** It comes again, but not at once: what failed here is no task. */
  private async failed(error: unknown): Promise<void> {
    if (this.signal.aborted) return;
    this.parts.onFault(error, 'a run of a task');
    await this.parts.timers.sleep(TRY_AGAIN_MS, AbortSignal.any([this.signal, this.stopping])).catch(() => undefined);
  }

  /** Who begins a run of ours has not seen yet that it lost its lease: it may end it in that time, and later nobody will. */
  private async takeOver(state: KnownTaskRun): Promise<void> {
    const now = this.parts.clock.monotonic();
    this.strangeSince ??= now;
    if ((this.inherited && state.attempt === this.inheritedAttempt) || now - this.strangeSince >= STRANGE_MS) await this.interrupt(state);
  }

  private interrupt({ task, attempt }: KnownTaskRun): Promise<void> {
    const chance = this.parts.random.next();
    return this.send({ type: 'InterruptTaskRun', data: { run: this.run, task, attempt, chance } }).then(() => undefined);
  }

  private async work(task: string, attempt: number, cancel: AbortSignal): Promise<void> {
    const { run, tenant, parts, signal } = this;
    const begun = await this.send({ type: 'BeginTaskRun', data: { run, task, attempt } });
    // Somebody else has begun it, or ended it: what the log says is read before anything is done.
    if (!begun || this.state.status !== 'running' || signal.aborted) return;
    let outcome: TaskRunCommand;
    try {
      const answer = await parts.invoke({ tenant, run: this.state, cancel, signal });
      const { bytes, kept } = await this.persisted(() => parts.keep(tenant, run, answer));
      outcome = { type: 'CompleteTaskRun', data: { run, task, attempt, bytes, kept } };
    } catch (error) {
      outcome = { type: 'FailTaskRun', data: { run, task, attempt, ...parts.wordsOf(error), chance: parts.random.next() } };
    }
    // Given up together with its shard: whoever has that now says what becomes of it.
    if (!signal.aborted) await this.persisted(() => this.send(outcome));
  }

  /** What happened is recorded however long the log is away. */
  private async persisted<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (this.signal.aborted || this.stopping.aborted) throw error;
        this.parts.onFault(error, 'recording what a run of a task came to');
        await this.parts.timers.sleep(TRY_AGAIN_MS, AbortSignal.any([this.signal, this.stopping])).catch(() => undefined);
      }
    }
  }

  private async send(command: TaskRunCommand): Promise<boolean> {
    const { state, revision, changed } = await this.parts.send(this.tenant, command, this.run);
    this.take(state, revision);
    return changed;
  }

  private take(state: TaskRunState, revision: bigint): void {
    if (revision <= this.revision) return;
    this.state = state;
    this.revision = revision;
  }
}
