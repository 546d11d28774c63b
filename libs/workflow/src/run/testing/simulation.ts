// One seed is one life of the engine: a few workers, a log, leases, a receiver of effects, people who meddle, and everything that can go wrong.
import {
  canonicalJson,
  derivedId,
  handleCommand,
  idOf,
  rejected,
  Unavailable,
  WrongExpectedVersion,
  type AppendItem,
  type EventStore,
  type Random,
  type RecordedEvent,
} from '@kari/kernel';
import { lentStore, MemoryEventStore, seededIds, seededRandom } from '@kari/kernel/testing';
import { holdShard, LeaseTable, MemoryLeases } from '@kari/platform/leases';
import { MemoryReservationStore } from '@kari/platform/quotas';
import { createHash } from 'node:crypto';
import { MemoryPlaces } from '../../places/memory-places.adapter.js';
import { MemoryRunSnapshots } from '../../snapshots/memory-run-snapshots.adapter.js';
import type { RunSnapshots } from '../../snapshots/run-snapshots.port.js';
import { runStream, type ChildEnd, type Effects, type EngineParts } from '../engine-parts.js';
import type { RunCommand } from '../run.commands.js';
import { runDecider } from '../run.decider.js';
import { RunEngine } from '../run-engine.js';
import { isOver, type OpenTask, type RunState } from '../run-state.rules.js';
import type { RunEventOf } from '../run.events.js';
import { Checker, type Break } from './invariants.js';
import { FIRST, simDocument, simMigration } from './sim-migrations.js';
import { SIM_WORKFLOWS, simEvaluator, type SimWorkflow } from './sim-workflows.js';
import { isSame } from './same.js';
import { SimClock, Turns } from './sim-clock.js';

const SIM_TENANT = '00000000-0000-7000-8000-00000000000a';
const SHARDS = 2;
const STARTED_ALONE = Object.keys(SIM_WORKFLOWS).filter((name) => SIM_WORKFLOWS[name]!.childOnly !== true);
/** Their children end because the other branch was quicker. */
const RACES: ReadonlySet<string | undefined> = new Set(['raceOfChildren', 'raceOfSleeper']);
/** Few, so that short lives have some. */
const SNAPSHOT_EVERY = 6;
const FEWEST_STEPS = 200;
const STEPS = 700;
const STEPS_TO_END = 6_000;
/** A seed that has broken something is not played to its end: what is broken may have none. */
const STEPS_WHEN_BROKEN = 100;
const BREAKS_KEPT = 40;

export interface SimResult {
  readonly breaks: readonly Break[];
  readonly steps: number;
  readonly runs: number;
  readonly faults: number;
  readonly moved: number;
  readonly trace: string;
}

/** Without `faults` nothing breaks down and nobody meddles. */
export async function simulate(seed: number, faults = seed % 10 !== 0): Promise<SimResult> {
  const world = new World(seed, faults);
  return world.live();
}

interface Worker {
  readonly name: string;
  alive: boolean;
  cutUntil: number;
  owned: number;
  /** By run, the revision at which its belief was last held against the log. */
  readonly compared: Map<string, bigint>;
  readonly ending: AbortController;
  engine: RunEngine | null;
}

class World {
  private readonly random: Random;
  private readonly turns: Turns;
  /** A seed of runs that stand in each other's way. */
  private readonly crowded: boolean;
  private readonly farMs: number;
  /** A seed whose runs are kept now and then. */
  private readonly keeps: boolean;
  private readonly crowd = Object.keys(SIM_WORKFLOWS).filter((name) => limits(SIM_WORKFLOWS[name]!));
  private readonly clock = new SimClock();
  private readonly store: MemoryEventStore;
  private readonly ids;
  private readonly leases = new LeaseTable();
  private readonly places = new MemoryPlaces();
  private readonly snapshots = new MemoryRunSnapshots();
  private readonly moments = new MemoryReservationStore(this.clock);
  private readonly checker = new Checker(simDocument);
  private readonly evaluator = simEvaluator();
  private readonly ledger = new Map<string, { readonly args: string; readonly output: unknown; asked: number; readonly task: string }>();
  /** By run and task, what it was answered first. */
  private readonly answers = new Map<string, unknown>();
  /** By run and task, under which key it was asked for. */
  private readonly keys = new Map<string, string>();
  private readonly askedAt = new Map<string, number>();
  private readonly started = new Map<string, string>();
  private workers: Worker[] = [];
  /** By event, who wrote it and for which time of owning. */
  private readonly writers = new Map<string, string>();
  private steps = 0;
  private stepsBroken = 0;
  private made = 0;
  private faultCount = 0;
  private position = '0';
  private observing = Promise.resolve();
  private written = false;
  /** What commands of people write goes here. */
  private readonly commands: EventStore;
  private calm = false;

  constructor(
    seed: number,
    private readonly faulty: boolean,
  ) {
    this.random = seededRandom(seed);
    this.turns = new Turns(this.random);
    this.crowded = seed % 5 === 3;
    this.keeps = seed % 3 === 1;
    this.farMs = seed % 4 === 0 ? 3_600_000 : 400;
    this.ids = seededIds(seed);
    this.store = new MemoryEventStore({ clock: this.clock, truncatable: ['workflow.run'] });
    this.commands = { ...lentStore(this.store), append: (items) => this.keep(items) };
  }

  async live(): Promise<SimResult> {
    for (let index = 0; index < 2; index += 1) this.hire();
    for (let index = 0; index < (this.crowded ? 5 : 3); index += 1) this.begin();
    while (this.steps < STEPS && !this.givenUp()) {
      if (this.faulty) this.meddle();
      if (this.chance(0.01) && this.started.size < 8) this.begin();
      await this.step();
      // Nothing left to happen, and nobody to make it happen.
      if (this.steps >= FEWEST_STEPS && this.started.size >= 6 && this.allOver()) break;
    }
    this.calm = true;
    if (!this.workers.some(({ alive, ending }) => alive && !ending.signal.aborted)) this.hire();
    for (let left = STEPS_TO_END; left > 0 && !this.allOver() && !this.givenUp(); left -= 1) {
      if (left % 25 === 0) this.help();
      await this.step();
    }
    if (!this.givenUp()) this.judge();
    const trace = createHash('sha256')
      .update(this.turns.trace.join('\n'))
      .update(this.checker.breaks.map(({ detail }) => detail).join())
      .digest('hex');
    this.end();
    const { breaks, moved } = this.checker;
    return { breaks, steps: this.steps, runs: this.started.size, faults: this.faultCount, moved, trace };
  }

  /** Signals that wait for others hold on to all that waits for them: without an end, a world would never be forgotten. */
  private end(): void {
    for (const worker of this.workers) {
      this.kill(worker);
      worker.ending.abort();
    }
  }

  private chance(probability: number): boolean {
    return this.random.next() < probability;
  }

  private pick<T>(list: readonly T[]): T | undefined {
    return list[Math.floor(this.random.next() * list.length)];
  }

  private async step(): Promise<void> {
    this.steps += 1;
    if (this.turns.size > 0 && (this.calm || !this.chance(0.05))) await this.turns.release();
    else await this.clock.advance(this.turns.size > 0 ? this.random.next() * 200 : 1_000);
    await this.observe();
    if (this.steps % 5 === 0) this.compare();
    if (this.checker.breaks.length > 0) this.stepsBroken += 1;
  }

  private givenUp(): boolean {
    return this.stepsBroken > STEPS_WHEN_BROKEN || this.checker.breaks.length > BREAKS_KEPT;
  }

  // Workers

  private hire(): void {
    const worker: Worker = {
      name: `worker-${(this.made += 1)}`,
      alive: true,
      cutUntil: -1,
      owned: 0,
      compared: new Map(),
      ending: new AbortController(),
      engine: null,
    };
    this.workers.push(worker);
    const timers = this.clock.timersOf(() => worker.alive);
    const leases = new MemoryLeases(this.leases, this.clock, timers);
    const engine = new RunEngine(this.partsOf(worker));
    worker.engine = engine;
    void engine.start().then(() => {
      for (let shard = 0; shard < SHARDS; shard += 1) {
        void holdShard(
          leases,
          `workflow.run:${shard}`,
          { timers, signal: worker.ending.signal, onError: () => undefined },
          async (_lease, signal) => {
            worker.owned += 1;
            await engine.own(shard, signal);
          },
        );
      }
    });
  }

  private kill(worker: Worker): void {
    worker.alive = false;
  }

  private partsOf(worker: Worker): EngineParts {
    const timers = this.clock.timersOf(() => worker.alive);
    const through = <T>(what: string, work: () => Promise<T>): Promise<T> => this.through(worker, what, work);
    const store = lentStore(this.store);
    store.append = (items) => through('append', () => this.append(worker, items));
    store.head = () => through('head', () => this.store.head());
    store.readStream = (stream, options) => lazily(() => through('read', () => collected(this.store.readStream(stream, options))));
    store.subscribe = (options, onBatch) =>
      this.store.subscribe({ ...options, batch: 5 }, async (batch) => {
        await this.turns.turn(`${worker.name} deliver`);
        if (!worker.alive) return new Promise(() => undefined);
        await onBatch(batch);
      });
    return {
      worker: worker.name,
      store,
      clock: this.clock,
      timers,
      random: this.random,
      ids: this.ids,
      evaluator: this.evaluator,
      schemaFault: () => null,
      effects: this.effectsOf(worker),
      others: {
        start: ({ child, workflow, input, parent, caller }) =>
          through('start child', async () => {
            const state = await this.send({
              type: 'StartRun',
              data: {
                run: child,
                workflow: { id: workflow.name, version: FIRST },
                input,
                shard: this.shardOf(child),
                startedAt: this.nowIso(),
                parent,
                caller,
              },
            });
            this.started.set(child, workflow.name);
            return endOf(state);
          }),
        cancel: (_tenant, child) =>
          through('cancel child', async () => endOf(await this.send({ type: 'CancelChildRun', data: { run: child, reason: null } }))),
        replace: (_tenant, run, by) =>
          through('replace', async () => {
            this.checker.seen(run).disturbed = true;
            await this.send({ type: 'CancelChildRun', data: { run, reason: `replaced by ${by}` } });
          }),
      },
      definitions: { document: (_tenant, { id, version }) => Promise.resolve(simDocument(id, version)) },
      openRuns: {
        ofShard: (shard) =>
          through('open runs', () => {
            const open = [...this.checker.runs].filter(([, { state }]) => state.start?.shard === shard && !isOver(state));
            return Promise.resolve(open.map(([run]) => ({ tenant: SIM_TENANT, run })));
          }),
      },
      places: {
        enter: (queue, wish) => through('enter', () => this.places.enter(queue, wish)),
        leave: (queue, turn) => this.places.leave(queue, turn),
        told: (queue, turns) => this.places.told(queue, turns),
      },
      ...(this.keeps ? { snapshots: this.snapshotsOf(worker), snapshotEvery: SNAPSHOT_EVERY } : {}),
      moment: (_tenant, { bucket, ...pace }) =>
        through('moment', async () => {
          const [wait = 0] = await this.moments.reserve(bucket, pace, 1);
          return wait;
        }),
      // Short, so that what sleeps in days sleeps here in seconds; some seeds never let a run out of memory.
      farMs: this.farMs,
      onFault: (error) => {
        if (worker.alive && !(error instanceof Unavailable))
          this.checker.broken('I25', `${worker.name}: ${error instanceof Error ? (error.stack ?? '') : String(error)}`);
      },
    };
  }

  private snapshotsOf(worker: Worker): RunSnapshots {
    return {
      find: (tenant, run) => this.through(worker, 'find snapshot', () => this.snapshots.find(tenant, run)),
      keep: (tenant, run, snapshot) => this.through(worker, 'keep snapshot', () => this.snapshots.keep(tenant, run, snapshot)),
      forget: (tenant, run) => this.through(worker, 'forget snapshot', () => this.snapshots.forget(tenant, run)),
      forgetTenant: (tenant) => this.snapshots.forgetTenant(tenant),
    };
  }

  /** A way there and a way back, each of which may end the worker or find the other side gone. */
  private async through<T>(worker: Worker, what: string, work: () => Promise<T>): Promise<T> {
    await this.turns.turn(`${worker.name} ${what}`);
    if (!worker.alive) return new Promise(() => undefined);
    if (worker.cutUntil > this.clock.monotonic()) throw new Unavailable('cut off', true);
    if (this.faulty && !this.calm && this.chance(0.01)) throw new Unavailable('lost on the way there', true);
    // The view that is asked for what is open is at least as new as the log was.
    await this.observe();
    const answer = await work();
    // A slow disk, a slow network: what happens meanwhile is not in the answer.
    if (this.faulty && !this.calm && this.chance(0.03)) await this.clock.timersOf(() => worker.alive).sleep(this.random.next() * 3_000);
    await this.turns.turn(`${worker.name} ${what} back`);
    if (!worker.alive) return new Promise(() => undefined);
    if (this.faulty && !this.calm && this.chance(0.01)) throw new Unavailable('lost on the way back', true);
    return answer;
  }

  private append(worker: Worker, items: readonly AppendItem[]) {
    if (worker.cutUntil > this.clock.monotonic()) throw new Unavailable('cut off', true);
    for (const { id } of items.flatMap(({ events }) => events)) this.writers.set(id, `${worker.name} ${worker.owned}`);
    return this.keep(items);
  }

  private async keep(items: readonly AppendItem[]) {
    const results = await this.store.append(items);
    this.written = true;
    return results;
  }

  private effectsOf(worker: Worker): Effects {
    return {
      isMarked: (task) => (task.arguments as { call: string }).call === 'sim.slow',
      perform: ({ run, task, key, signal }) =>
        this.through(worker, `effect ${(task.arguments as { call?: string }).call ?? task.kind}`, async () => {
          const { call = 'emit', with: args } = task.arguments as { call?: string; with?: unknown };
          this.asked(run, task, key, canonicalJson(args ?? null));
          if (call === 'sim.hang') {
            await new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true }));
          }
          if (call === 'sim.bad') throw rejected('PLUGIN_FAILED', { plugin: call, extension: 'sim', code: 'BAD', message: 'no' });
          if (call === 'sim.flaky' && (this.ledger.get(key)?.asked ?? 0) <= Number((args as { failures: number }).failures)) {
            throw rejected('PLUGIN_FAILED', { plugin: call, extension: 'sim', code: 'FLAKY', message: 'not yet' });
          }
          if (call === 'sim.slow') await this.clock.timersOf(() => worker.alive).sleep(this.random.next() * 3_000);
          return this.ledger.get(key)!.output;
        }),
    };
  }

  /** The receiver honours keys: what it is asked twice it answers as before. */
  private asked(run: string, task: OpenTask, key: string, args: string): void {
    const { state } = this.checker.seen(run);
    const scheduled = this.checker.seen(run).attempts.get(task.id);
    if (scheduled === undefined || task.attempt > scheduled || state.start === null) this.checker.broken('I14', `${run} ${task.id}`);
    const known = this.ledger.get(key);
    const name = `${run} ${task.id}`;
    if ((this.keys.get(name) ?? key) !== key) this.checker.broken('I41', `${name}: ${this.keys.get(name)} and ${key}`);
    this.keys.set(name, key);
    if (known !== undefined && known.args !== args) this.checker.broken('I15', `${key}: ${known.args} and ${args}`);
    if (known !== undefined && known.task !== name) this.checker.broken('I17', `${key}: ${known.task} and ${name}`);
    if (known !== undefined) known.asked += 1;
    else {
      const output = { did: { n: (JSON.parse(args) as { n?: unknown } | null)?.n } };
      this.ledger.set(key, { args, asked: 1, task: name, output });
      this.answers.set(name, this.answers.get(name) ?? output);
    }
    const attempt = `${name} ${task.attempt}`;
    const times = (this.askedAt.get(attempt) ?? 0) + 1;
    this.askedAt.set(attempt, times);
    if (!this.faulty && times > 1) this.checker.broken('I34', attempt);
  }

  // People

  private begin(): void {
    const names = this.crowded ? this.crowd : STARTED_ALONE;
    const name = this.pick(names)!;
    const run = this.ids.next();
    this.started.set(run, name);
    const data = {
      run,
      workflow: { id: name, version: FIRST },
      input: SIM_WORKFLOWS[name]!.input ?? {},
      shard: this.shardOf(run),
      startedAt: this.nowIso(),
      caller: { kind: 'user', id: 'someone' },
    } as const;
    void this.turns.turn('start').then(() => this.send({ type: 'StartRun', data }));
    // A request that is repeated is the same run.
    if (this.chance(0.2)) void this.turns.turn('start again').then(() => this.send({ type: 'StartRun', data }));
  }

  private meddle(): void {
    if (this.chance(0.012)) this.fault();
    if (this.chance(0.02)) this.help();
    if (this.crowded && this.chance(0.03)) this.tryAgain();
    if (this.chance(0.02)) this.migrate();
    if (!this.chance(0.01)) return;
    const run = this.pick([...this.started.keys()]);
    if (run === undefined) return;
    const wishes: readonly RunCommand[] = [
      { type: 'PauseRun', data: { run, reason: 'look' } },
      { type: 'ResumeRun', data: { run } },
      { type: 'CancelRun', data: { run, reason: 'enough' } },
      { type: 'RetryRun', data: { run, task: null } },
    ];
    void this.ask(this.pick(wishes)!);
  }

  /** To the other version of its workflow, as it was judged a moment ago. */
  private migrate(): void {
    const run = this.pick([...this.started.keys()]);
    const command = run === undefined ? null : simMigration(run, this.checker.seen(run).state);
    if (command !== null) void this.ask(command);
  }

  private tryAgain(): void {
    const failed = [...this.started.keys()].filter((run) => this.checker.seen(run).state.status === 'failed');
    const run = this.pick(failed);
    if (run !== undefined) void this.ask({ type: 'RetryRun', data: { run, task: null } });
  }

  private fault(): void {
    this.faultCount += 1;
    const worker = this.pick(this.workers.filter(({ alive }) => alive));
    const kind = Math.floor(this.random.next() * 6);
    if (kind === 0 && worker !== undefined) {
      this.kill(worker);
      this.hire();
    } else if (kind === 1) {
      // The lease runs out while its holder is asleep: two believe that they own the shard.
      const row = this.leases.rows.get(`workflow.run:${Math.floor(this.random.next() * SHARDS)}`);
      if (row !== undefined) row.expiresAt = Number.NEGATIVE_INFINITY;
    } else if (kind === 2) {
      this.clock.jump((this.random.next() - 0.5) * 180_000);
    } else if (kind === 3 && worker !== undefined) {
      worker.cutUntil = this.clock.monotonic() + this.random.next() * 15_000;
    } else if (kind === 4 && this.workers.filter(({ alive }) => alive).length < 4) {
      this.hire();
    } else if (worker !== undefined) {
      // Told to stop: hands its runs back at once.
      worker.ending.abort();
      void worker.engine?.stop(1_000);
      this.hire();
    }
  }

  /** Decides approvals, tells events, lets paused runs go on. */
  private help(): void {
    for (const [run, { state }] of this.checker.runs) {
      if (this.calm && state.paused) void this.ask({ type: 'ResumeRun', data: { run } });
      const name = this.started.get(run);
      const refuses = this.faulty && this.chance(0.3);
      for (const approval of state.openApprovals.keys()) {
        // People take their time; meanwhile much may happen to the run.
        if (!this.calm && this.chance(0.7)) continue;
        void this.ask({
          type: 'DecideApproval',
          data: { run, approval, decision: refuses ? 'rejected' : 'approved', comment: null, rights: [] },
        });
        if (refuses) this.checker.seen(run).disturbed = true;
      }
      for (const task of state.listeners) {
        const filter = this.chance(0.5) ? 0 : 1;
        const event = {
          id: `${name}-${filter}-${Math.floor(this.random.next() * 3)}`,
          type: filter === 0 ? 'sim.one' : 'sim.two',
          data: {},
        };
        void this.ask({ type: 'ReceiveEvent', data: { run, task, filter, event, correlation: {} } });
      }
    }
  }

  private async ask(command: RunCommand): Promise<void> {
    await this.turns.turn(`ask ${command.type}`);
    await this.send(command).catch(() => undefined);
  }

  private async send(command: RunCommand): Promise<RunState> {
    const outcome = await handleCommand(this.commands, runDecider, runStream(SIM_TENANT, command.data.run), command, {
      commandId: this.ids.next(),
      tenant: SIM_TENANT,
      actor: 'someone',
      actorKind: 'user',
      correlationId: derivedId('correlation', command.data.run),
      now: this.nowIso(),
    });
    return outcome.state;
  }

  // Judgement

  private observe(): Promise<void> {
    if (!this.written) return this.observing;
    this.written = false;
    this.observing = this.observing.then(() => this.look());
    return this.observing;
  }

  private async look(): Promise<void> {
    for await (const event of this.store.readAll({ after: this.position })) {
      this.position = event.position;
      const moment = { monotonic: this.clock.monotonic(), latest: this.clock.latest(), by: this.writers.get(event.id) ?? 'people' };
      this.checker.check(event, moment, (run, task) => this.answerOf(run, task));
      if (event.type === 'RunPlaceLeft') void this.passOn(event);
    }
  }

  /** What the reactor does: at least once, and whenever it gets to it. */
  private async passOn(event: RecordedEvent): Promise<void> {
    const { queue: id, turn } = event.data as RunEventOf<'RunPlaceLeft'>['data'];
    const queue = { tenant: SIM_TENANT, queue: id };
    const again = this.faulty && this.chance(0.2);
    for (let time = 0; time < (again ? 2 : 1); time += 1) {
      await this.turns.turn('pass on');
      const admitted = await this.places.leave(queue, { run: idOf(event.stream), turn });
      for (const next of admitted) {
        await this.turns.turn('admit');
        await this.insist({ type: 'AdmitRun', data: next });
      }
      if (time > 0 || !again) await this.places.told(queue, admitted);
    }
  }

  /** Asked again until its owner leaves room at the append. */
  private async insist(command: RunCommand): Promise<void> {
    for (;;) {
      try {
        await this.send(command);
        return;
      } catch (error) {
        if (!(error instanceof WrongExpectedVersion)) throw error;
        await this.turns.turn('insist');
      }
    }
  }

  /** An owner that has come as far as the log has must have come to the same state. */
  private compare(): void {
    for (const { engine, alive, name, compared } of this.workers) {
      if (!alive || engine === null) continue;
      for (const [run, { revision, state }] of this.checker.runs) {
        if (compared.get(run) === revision) continue;
        const known = engine.known(run);
        if (known?.revision !== revision) continue;
        compared.set(run, revision);
        if (!isSame(known.state, state)) this.checker.broken('I25', `${name} and ${run} at ${revision}`);
      }
    }
  }

  private answerOf(run: string, task: OpenTask): unknown {
    return this.answers.get(`${run} ${task.id}`);
  }

  private allOver(): boolean {
    return this.turns.size === 0 && [...this.started.keys()].every((run) => isOver(this.checker.seen(run).state));
  }

  private judge(): void {
    for (const [run, name] of this.started) {
      const seen = this.checker.seen(run);
      const { state } = seen;
      if (!isOver(state))
        this.checker.broken(
          'I27',
          `${run} ${name} is ${state.status}${state.paused ? ', paused' : ''}: ${[...state.tasks.keys()].join()}${state.admission === null ? '' : `, ${state.admission.status} in turn ${state.admission.turn}`}`,
        );
      const { expected } = SIM_WORKFLOWS[name]!;
      const parent = state.start?.parent;
      if (parent !== undefined && !isOver(state) && !seen.cancelRequested && this.hasGivenUp(parent.run, run))
        this.checker.broken('I26', `${parent.run} did not tell ${run}`);
      const left = parent !== undefined && (this.checker.seen(parent.run).disturbed || RACES.has(this.started.get(parent.run)));
      const child = [...this.started.keys()].some(
        (other) => this.checker.seen(other).disturbed && this.checker.seen(other).state.start?.parent?.run === run,
      );
      if (seen.disturbed || left || child || !isOver(state)) continue;
      if (expected.status === 'completed' && expected.orCancelled === true && state.status === 'cancelled') continue;
      if (state.status !== expected.status)
        this.checker.broken('I28', `${run} ${name} ended ${state.status}: ${JSON.stringify(state.failure)}`);
      else if (expected.status === 'completed' && canonicalJson(state.result?.output ?? null) !== canonicalJson(expected.output))
        this.checker.broken('I28', `${run} ${name} gave ${canonicalJson(state.result?.output ?? null)}`);
      // Three calls: begun with the first, and one write for the end of each.
      if (name === 'sequence' && !this.faulty && seen.commands.size > 5)
        this.checker.broken('I29', `${run} took ${seen.commands.size} writes`);
    }
  }

  private hasGivenUp(parent: string, child: string): boolean {
    const { state, cancelRequested } = this.checker.seen(parent);
    return cancelRequested || state.status === 'failing' || state.abandoned.includes(child);
  }

  private shardOf(run: string): number {
    return Number.parseInt(run.slice(-2), 16) % SHARDS;
  }

  private nowIso(): string {
    return new Date(this.clock.now()).toISOString();
  }
}

function endOf(state: RunState): ChildEnd | null {
  if (!isOver(state)) return null;
  if (state.status === 'completed') return { outcome: 'completed', output: state.result?.output ?? null };
  return { outcome: state.status === 'failed' ? 'failed' : 'cancelled', ...(state.failure === null ? {} : { error: state.failure.error }) };
}

function limits({ document }: SimWorkflow): boolean {
  return document.document.metadata?.kari?.concurrency !== undefined;
}

async function collected(events: AsyncIterable<RecordedEvent>): Promise<readonly RecordedEvent[]> {
  const list: RecordedEvent[] = [];
  for await (const event of events) list.push(event);
  return list;
}

async function* lazily(read: () => Promise<readonly RecordedEvent[]>): AsyncIterable<RecordedEvent> {
  yield* await read();
}
