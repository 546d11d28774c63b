// One run in the hands of its owner: decides, appends at the revision it knows, makes the effects that are due, and takes their outcomes back
// in order, those that came together with one append. Whoever was quicker wins at the append; the other reads what happened and decides anew.
import { InvalidEvent, rejected, Rejection, Unavailable, WrongExpectedVersion, type AppendItem, type RecordedEvent } from '@kari/kernel';
import type { WorkflowDocument } from '../definition/document.js';
import { factsOfReplay } from '../replay/recorded-runs.js';
import { RunKeeper } from '../snapshots/run-keeper.js';
import { runStream, untilWall, type ChildEnd, type ChildStart, type EngineParts } from './engine-parts.js';
import type { FairGate } from './fair-gate.js';
import { advanceAll, MOST_AT_ONCE, type Stimulus } from './interpreter.rules.js';
import { admissionToSeek } from './interpreter/admission.rules.js';
import { awaitedChildrenOf, childrenToEnd, effectsOf, idempotencyKeyOf, paceToKeep } from './interpreter/effects.rules.js';
import { errorOf, standardError } from './run-error.rules.js';
import type { RunEvent } from './run.events.js';
import { awaitsChild, childRunOf, evolveRun, initialRun, type OpenTask, type RunState } from './run-state.rules.js';
import { seekPlace } from './seek-place.js';
import { deciding } from './task-values.rules.js';

/** What a run needs of its engine. */
export interface RunHost {
  readonly gate: FairGate;
  /** Aborts when the engine stops, or the lease of the run's shard is lost. */
  readonly signal: AbortSignal;
  /** No new effect is begun while the engine is on its way out. */
  readonly draining: () => boolean;
  document(tenant: string, workflow: { readonly id: string; readonly version: string }): Promise<WorkflowDocument | null>;
  arm(run: LiveRun, timer: string, milliseconds: number): void;
  disarm(run: LiveRun, timer: string): void;
  /** Tells the run of the end of that child, whenever it comes. */
  awaitChild(run: LiveRun, child: string): void;
  changed(run: LiveRun): void;
  /** Everything known has been followed up. */
  rested(run: LiveRun): void;
  /** Gives a turn at the log, tenant by tenant; resolves with what ends it. */
  turn(run: LiveRun): Promise<() => void>;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
/** Outcomes that are answered by one append. */
const TOGETHER = 32;
const BEGIN: readonly Stimulus[] = [{ kind: 'begin' }];
const SYSTEM_ACTOR = 'system:workflow.engine';

interface InFlight {
  readonly attempt: number;
  /** Its outcome is known, so that there is nothing left to call back. */
  over: boolean;
  readonly abort: AbortController;
}

export class LiveRun {
  state: RunState = initialRun;
  private revision = -1n;
  private correlationId = '';
  private traceparent: string | undefined;
  private behind = true;
  private dirty = false;
  private writing = false;
  private noticedTo = -1n;
  private readonly stimuli: Stimulus[] = [];
  private readonly inFlight = new Map<string, InFlight>();
  private readonly endingChildren = new Set<string>();
  private readonly marking = new Set<string>();
  /** What was asked of the limits, once each: a turn's place, a turn's moment, the moment of a task's attempt. */
  private readonly sought = new Set<string>();
  private readonly paced = new Set<string>();
  private asking = 0;
  private working: Promise<void> | null = null;
  private replay: Promise<readonly RunEvent[]> | null = null;
  private readonly keeper: RunKeeper;

  constructor(
    private readonly parts: EngineParts,
    readonly tenant: string,
    readonly run: string,
    readonly shard: number,
    private readonly host: RunHost,
  ) {
    this.keeper = new RunKeeper(parts, tenant, run, host.signal);
  }

  private get hasWork(): boolean {
    return this.dirty || this.behind || this.stimuli.length > 0;
  }

  /** Resolves when everything known has been followed up; effects may still be under way. */
  async settled(): Promise<void> {
    while (this.working !== null) await this.working;
  }

  /** What it believes, and up to which revision. */
  get known(): { readonly state: RunState; readonly revision: bigint } {
    return { state: this.state, revision: this.revision };
  }

  /** The log has more of it than it knows. */
  get isBehind(): boolean {
    return this.behind;
  }

  /** Nothing of it is under way, here or on its way here. */
  get atRest(): boolean {
    return this.working === null && !this.hasWork && this.inFlight.size === 0 && this.marking.size === 0 && this.asking === 0;
  }

  get effects(): number {
    return this.inFlight.size;
  }

  /** An event of it stands in the log; perhaps it is its own. */
  noticed(event: RecordedEvent): void {
    if (event.revision <= this.revision) return;
    if (event.revision > this.noticedTo) this.noticedTo = event.revision;
    // Until the store has answered nobody knows whose it is; then it is looked at again.
    if (this.writing) return;
    if (this.working === null && event.revision === this.revision + 1n) {
      this.behind = false;
      this.take(event);
      this.armTimers();
    } else {
      this.behind = true;
    }
    this.poke();
  }

  poke(stimulus?: Stimulus): void {
    if (stimulus === undefined) this.dirty = true;
    else this.stimuli.push(stimulus);
    this.working ??= this.work().finally(() => {
      this.working = null;
      // What came between the last look and this line.
      if (this.host.signal.aborted) return;
      if (this.hasWork) this.poke();
      else this.host.rested(this);
    });
  }

  /** Not its owner any more: what is in flight is called back, what it would have written is dropped. */
  drop(): void {
    for (const { abort } of this.inFlight.values()) abort.abort(new Error('the run has another owner'));
    this.inFlight.clear();
  }

  private async work(): Promise<void> {
    for (let pause = FIRST_PAUSE_MS; !this.host.signal.aborted;) {
      if (!this.hasWork) return;
      try {
        await this.takeTurn();
        pause = FIRST_PAUSE_MS;
      } catch (error) {
        if (this.host.signal.aborted) return;
        this.dirty = true;
        if (!(error instanceof Unavailable)) this.parts.onFault(error, `run ${this.run}`);
        await this.parts.timers.sleep(pause, this.host.signal).catch(() => undefined);
        pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
      }
    }
  }

  private async takeTurn(): Promise<void> {
    const end = await this.host.turn(this);
    try {
      if (this.behind) await this.read();
      if (this.stimuli.length === 0) this.dirty = false;
      await this.following(this.stimuli.length === 0 ? BEGIN : this.stimuli.slice(0, TOGETHER));
    } finally {
      end();
    }
  }

  /** A value that the store refuses fails its task, or the run: asking again would change nothing. */
  private async following(stimuli: readonly Stimulus[]): Promise<void> {
    try {
      await this.follow(stimuli);
    } catch (error) {
      if (!(error instanceof InvalidEvent)) throw error;
      const { reason } = error;
      const [stimulus] = stimuli;
      if (stimulus === undefined) return;
      // One of them upset the rest: each by itself.
      if (stimuli.length > 1) return this.following([stimulus]);
      if (stimulus === this.stimuli[0]) this.stimuli.shift();
      if (stimulus.kind !== 'done') return this.follow([{ kind: 'unkeepable', reason }]);
      const { task, attempt } = stimulus;
      return this.follow([
        {
          kind: 'failed',
          task,
          attempt,
          error: standardError('runtime', `the output of the task cannot be kept: ${reason}`),
        },
      ]);
    }
  }

  private async read(): Promise<void> {
    // Before the log is asked: what is noticed meanwhile may not be in the answer.
    this.behind = false;
    try {
      const { every } = this.keeper;
      const isNew = this.revision < 0n;
      const isLong = (await this.readOn(isNew ? every : Infinity)) === every;
      if (isNew && isLong) {
        await this.recall();
        await this.readOn(Infinity);
      }
    } catch (error) {
      this.behind = true;
      throw error;
    }
    this.dirty = true;
    this.armTimers();
  }

  /** Answers how many events came. */
  private async readOn(limit: number): Promise<number> {
    const options = { from: this.revision + 1n, limit };
    let count = 0;
    for await (const event of this.parts.store.readStream(runStream(this.tenant, this.run), options)) {
      count += 1;
      if (event.revision === this.revision + 1n) this.take(event);
    }
    return count;
  }

  /** A long history goes on from what was kept of it. */
  private async recall(): Promise<void> {
    const known = await this.keeper.recalled();
    if (known === null || known.revision <= this.revision) return;
    this.state = known.state;
    this.revision = known.revision;
    this.correlationId = known.correlationId;
    this.traceparent = known.traceparent;
  }

  private take(event: RecordedEvent): void {
    this.state = evolveRun(this.state, event as unknown as RunEvent);
    this.revision = event.revision;
    this.correlationId = event.meta.correlationId;
    this.traceparent ??= event.meta.traceparent;
  }

  private armTimers(): void {
    if (this.isReplay) return;
    const now = this.parts.clock.now();
    for (const [timer, { dueAt }] of this.state.timers) this.host.arm(this, timer, untilWall(dueAt, now));
  }

  /** Answers what became known, in that order and in one append; it leaves the queue once its facts are durable. */
  private async follow(stimuli: readonly Stimulus[]): Promise<void> {
    const { start } = this.state;
    if (start === null) {
      this.stimuli.shift();
      return;
    }
    const document = await this.host.document(this.tenant, start.workflow);
    if (document === null) throw rejected('WORKFLOW_VERSION_GONE', { workflow: start.workflow.id, version: start.workflow.version });
    const now = new Date(this.parts.clock.now()).toISOString();
    const { facts, answered } = this.isReplay
      ? { facts: await this.replayed(document), answered: stimuli.length }
      : await this.advanced(document, stimuli, now);
    if (this.host.signal.aborted) return;
    if (facts.length > 0 && !(await this.recorded(facts, now))) return;
    for (const stimulus of stimuli.slice(0, answered)) {
      if (stimulus === this.stimuli[0]) this.stimuli.shift();
      if (stimulus.kind === 'started') this.marking.delete(`${stimulus.task} ${stimulus.attempt}`);
    }
    if (!this.isReplay) this.reconcile();
    this.host.changed(this);
  }

  private get isReplay(): boolean {
    return this.state.start?.kind === 'replay';
  }

  private async advanced(document: WorkflowDocument, stimuli: readonly Stimulus[], now: string): Promise<ReturnType<typeof advanceAll>> {
    const { random, evaluator } = this.parts;
    const asked = stimuli.map((stimulus) => ({ stimulus, chance: random.next() }));
    const schemaFault = (schema: unknown, value: unknown): string | null => this.parts.schemaFault(schema, value);
    return deciding(
      (program, input, variables) => evaluator.evaluate(program, input, variables),
      (answers) => advanceAll({ run: this.run, document, answers, now, schemaFault }, this.state, asked),
    );
  }

  /** The next facts of a replay: all of them are known from the beginning, and the log holds the first ones. */
  private async replayed(document: WorkflowDocument): Promise<readonly RunEvent[]> {
    const { parts, tenant, run } = this;
    const documentOf = (workflow: { readonly id: string; readonly version: string }) => this.host.document(tenant, workflow);
    this.replay ??= factsOfReplay(parts, { tenant, run, start: this.state.start!, document, documentOf });
    const facts = await this.replay.catch((error: unknown) => {
      this.replay = null;
      throw error;
    });
    return facts.slice(Number(this.revision), Number(this.revision) + MOST_AT_ONCE);
  }

  private async recorded(facts: readonly RunEvent[], now: string): Promise<boolean> {
    this.writing = true;
    try {
      return await this.write(facts, now);
    } finally {
      this.writing = false;
      if (this.noticedTo > this.revision) this.behind = true;
    }
  }

  /** False when somebody else wrote first. The same events are offered until the store answers: an append that was lost on the way is not made twice. */
  private async write(facts: readonly RunEvent[], now: string): Promise<boolean> {
    const item = this.itemOf(facts, now);
    const before = this.revision;
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      const result = await this.tryAppend(item);
      if (this.host.signal.aborted) return false;
      if (result === 'conflict') {
        this.behind = true;
        this.dirty = true;
        return false;
      }
      if (result !== null) {
        this.revision = result;
        break;
      }
      await this.parts.timers.sleep(pause, this.host.signal).catch(() => undefined);
      if (this.host.signal.aborted) return false;
    }
    for (const fact of facts) {
      this.state = evolveRun(this.state, fact);
      if (this.isReplay) continue;
      if (fact.type === 'TimerSet') this.host.arm(this, fact.data.timer, fact.data.milliseconds);
      if (fact.type === 'TimerCancelled' || fact.type === 'TimerFired') this.host.disarm(this, fact.data.timer);
    }
    const { state, revision, correlationId, traceparent } = this;
    if (!this.isReplay) this.keeper.wrote(before, { state, revision, event: item.events.at(-1)!.id, correlationId, traceparent });
    // More may follow than one append holds.
    if (facts.length >= MOST_AT_ONCE) this.dirty = true;
    return true;
  }

  private itemOf(facts: readonly RunEvent[], now: string): AppendItem {
    const commandId = this.parts.ids.next();
    const meta = {
      tenant: this.tenant,
      actor: SYSTEM_ACTOR,
      actorKind: 'system',
      commandId,
      commandType: 'AdvanceRun',
      correlationId: this.correlationId,
      occurredAt: now,
    } as const;
    const events = facts.map((fact) => ({ id: this.parts.ids.next(), type: fact.type, version: 1, data: fact.data, meta }));
    return { stream: runStream(this.tenant, this.run), expected: this.revision, events };
  }

  /** The new revision, `conflict`, or null when the store gave no answer. */
  private async tryAppend(item: AppendItem): Promise<bigint | 'conflict' | null> {
    try {
      const [result] = await this.parts.store.append([item]);
      if (result?.ok === true) return result.revision;
      if (result?.error instanceof WrongExpectedVersion) return 'conflict';
      throw result?.error ?? new Error('the store answered nothing');
    } catch (error) {
      if (error instanceof Unavailable) return null;
      throw error;
    }
  }

  /** Begins the effects that the state asks for, ends those that it has gone past. */
  private reconcile(): void {
    const wanted = new Map(effectsOf({ ...this.state, paused: false }).map((task) => [task.id, task]));
    for (const [id, { attempt, abort, over }] of this.inFlight) {
      if (wanted.get(id)?.attempt === attempt) continue;
      this.inFlight.delete(id);
      if (!over) abort.abort(new Error('the run has gone on without it'));
    }
    for (const child of awaitedChildrenOf(this.state)) this.host.awaitChild(this, child);
    for (const child of childrenToEnd(this.state)) this.endChild(child);
    if (this.state.paused || this.host.draining()) return;
    this.seekAdmission();
    for (const task of wanted.values()) {
      if (this.inFlight.has(task.id) || this.seekMoment(task)) continue;
      if (task.kind !== 'run' && !task.begun && this.parts.effects.isMarked(task, this.tenant)) this.mark(task);
      else void this.make(task);
    }
  }

  /** A waiting run asks again in the hands of each owner: what it was told is in the log, whether it still holds is not. */
  private seekAdmission(): void {
    const wish = admissionToSeek(this.state);
    const turn = this.state.admission?.turn ?? 0;
    if (wish === 'place') {
      this.seek(`place ${turn}`, async () => {
        const answer = await seekPlace(this.parts, { tenant: this.tenant, run: this.run, correlationId: this.correlationId }, this.state);
        if (answer !== null) this.poke({ kind: 'place', turn, answer });
      });
    } else if (wish === 'pace') {
      const { pace } = this.state.admission!;
      this.seek(`pace ${turn}`, async () => this.poke({ kind: 'pace', turn, waitMs: await this.parts.moment(this.tenant, pace!) }));
    }
  }

  /** Whether the rate limit of the task keeps it waiting. */
  private seekMoment(task: OpenTask): boolean {
    const pace = paceToKeep(task);
    const { id, attempt } = task;
    const key = `${id} ${attempt}`;
    if (pace === null || this.paced.has(key)) return false;
    this.seek(`task ${key}`, async () => {
      const waitMs = await this.parts.moment(this.tenant, pace);
      if (waitMs > 0) return this.poke({ kind: 'hold', task: id, attempt, waitMs });
      this.paced.add(key);
      this.poke();
    });
    return true;
  }

  private seek(what: string, ask: () => Promise<void>): void {
    if (this.sought.has(what)) return;
    this.sought.add(what);
    this.asking += 1;
    void this.untilAvailable(this.host.signal, ask)
      .catch((error: unknown) => {
        if (this.host.signal.aborted) return;
        this.sought.delete(what);
        this.parts.onFault(error, `the limits of run ${this.run}`);
        this.parts.timers.after(LONGEST_PAUSE_MS, () => this.poke());
      })
      .finally(() => {
        this.asking -= 1;
        if (this.atRest && !this.host.signal.aborted) this.host.rested(this);
      });
  }

  private mark({ id, attempt }: OpenTask): void {
    const key = `${id} ${attempt}`;
    if (this.marking.has(key)) return;
    this.marking.add(key);
    this.poke({ kind: 'started', task: id, attempt, worker: this.parts.worker });
  }

  private async make(task: OpenTask): Promise<void> {
    const { id, attempt } = task;
    const abort = new AbortController();
    const inFlight = { attempt, abort, over: false };
    this.inFlight.set(id, inFlight);
    try {
      const output = await this.outcomeOf(task, abort.signal);
      inFlight.over = output !== undefined;
      if (output !== undefined && !abort.signal.aborted) this.poke({ kind: 'done', task: id, attempt, output: output.value });
    } catch (error) {
      if (abort.signal.aborted || this.host.signal.aborted) return;
      if (!(error instanceof Rejection)) this.parts.onFault(error, `task ${id} of run ${this.run}`);
      const failure = error instanceof Rejection ? errorOf(error) : standardError('runtime', 'the task met an error of the platform');
      this.poke({ kind: 'failed', task: id, attempt, error: failure });
    }
  }

  /** Undefined for a child run whose end will be told. */
  private async outcomeOf(task: OpenTask, signal: AbortSignal): Promise<{ readonly value: unknown } | undefined> {
    if (task.kind === 'run') return this.child(task, signal);
    const { workflow, caller } = this.state.start!;
    const document = await this.host.document(this.tenant, workflow);
    if (document === null) throw rejected('WORKFLOW_VERSION_GONE', { workflow: workflow.id, version: workflow.version });
    const leave = await this.host.gate.enter(this.tenant, signal);
    try {
      const value = await this.untilAvailable(signal, () =>
        this.parts.effects.perform({
          tenant: this.tenant,
          run: this.run,
          task,
          key: (task.arguments as { key?: string }).key ?? idempotencyKeyOf(this.run, task),
          caller,
          correlationId: this.correlationId,
          ...(this.traceparent === undefined ? {} : { traceparent: this.traceparent }),
          document,
          workflow: workflow.id,
          hops: this.state.start!.hops ?? 0,
          signal,
        }),
      );
      return { value };
    } finally {
      leave();
    }
  }

  private async child(task: OpenTask, signal: AbortSignal): Promise<{ readonly value: unknown } | undefined> {
    const { namespace, name, version, input } = task.arguments as { namespace: string; name: string; version: string; input: unknown };
    const child = childRunOf(task);
    const start: ChildStart = {
      tenant: this.tenant,
      parent: { run: this.run, task: task.id, depth: (this.state.start?.parent?.depth ?? 0) + 1 },
      child,
      ...(this.state.start?.kind === 'test' ? { kind: 'test' } : {}),
      workflow: { namespace, name, version },
      input,
      ...(this.state.start!.hops === undefined ? {} : { hops: this.state.start!.hops }),
      caller: this.state.start!.caller,
      correlationId: this.correlationId,
    };
    const end = await this.untilAvailable(signal, () => this.parts.others.start(start));
    if (!awaitsChild(task)) return { value: { run: child } };
    if (end !== null) this.childEnded(child, end);
    return undefined;
  }

  childEnded(child: string, end: ChildEnd): void {
    this.poke({ kind: 'child', end: { run: child, ...end } });
  }

  private endChild(child: string): void {
    if (this.endingChildren.has(child)) return;
    this.endingChildren.add(child);
    void this.untilAvailable(this.host.signal, () => this.parts.others.cancel(this.tenant, child, this.correlationId))
      .then((end) => end !== null && this.childEnded(child, end))
      .catch((error: unknown) => {
        this.endingChildren.delete(child);
        if (!this.host.signal.aborted) this.parts.onFault(error, `child run ${child}`);
      });
  }

  private async untilAvailable<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      try {
        return await work();
      } catch (error) {
        if (signal.aborted || !(error instanceof Unavailable)) throw error;
      }
      await this.parts.timers.sleep(pause, signal);
    }
  }
}
