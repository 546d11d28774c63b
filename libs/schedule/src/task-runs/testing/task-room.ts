// The work on task runs with a log in memory, a clock that stands still and handlers that a test ends. Several owners may share one log.
import { handleCommand, isoNow, Rejection } from '@kari/kernel';
import { lentStore, manualClock, MemoryEventStore, seededIds, settled } from '@kari/kernel/testing';
import type { Overlap } from '../../contract.js';
import { TaskEngine } from '../task-engine.js';
import type { TaskAttempt, TaskEngineParts } from '../task-engine-parts.js';
import { taskRunId, taskRunStream, taskShardOf, TASK_SHARDS, type TaskRunCommand } from '../task-run.commands.js';
import { evolveTaskRun, isOpen, taskRunDecider, type TaskRunState } from '../task-run.decider.js';
import { TASK_RUN_CATEGORY, type TaskRunEvent } from '../task-run.events.js';
import { extensionOf } from '../../tasks/task.commands.js';

const TENANT = '00000000-0000-7000-8000-00000000000a';
export const OTHER = '00000000-0000-7000-8000-00000000000b';
const TASK = 'acme.notes/sync';

interface Call {
  readonly key: string;
  readonly attempt: number;
  readonly isCancelled: () => boolean;
  answer(value: unknown): void;
  fail(code?: string): void;
}

export interface Owner {
  /** Ends it as a kill would: nothing it had in mind is done. */
  kill(): void;
  stop(): Promise<void>;
  /** As when its lease is lost. */
  lose(): void;
}

export class TaskRoom {
  readonly clock = manualClock();
  readonly store = new MemoryEventStore({ clock: this.clock });
  readonly faults: unknown[] = [];
  /** Everything that handlers were called for, in order. */
  readonly calls: Call[] = [];
  readonly asleep = new Set<string>();
  readonly kept = new Map<string, unknown>();
  private readonly ids = seededIds(1);

  async owner(): Promise<Owner> {
    const dying = new AbortController();
    const engine = new TaskEngine(this.parts(dying.signal));
    await engine.start();
    const lease = new AbortController();
    const owning = Promise.all(Array.from({ length: TASK_SHARDS }, (_, shard) => engine.own(shard, lease.signal)));
    await this.quiet();
    return {
      kill: () => {
        dying.abort();
        lease.abort();
      },
      stop: async () => {
        await engine.stop();
        lease.abort();
        await owning;
      },
      lose: () => lease.abort(),
    };
  }

  async start(key: string, more: { task?: string; overlap?: Overlap; retries?: number; tenant?: string } = {}): Promise<string> {
    const { task = TASK, overlap = 'allow', retries = 3, tenant = TENANT } = more;
    const run = taskRunId(tenant, task, key);
    const fixed = { version: '1.0.0', cause: 'manual', by: { id: 'ada', kind: 'user' }, plannedAt: null, input: null } as const;
    await this.send({ type: 'RunTask', data: { ...fixed, run, task, key, terms: { deadlineMs: null, retries, overlap } } }, tenant);
    await this.quiet();
    return run;
  }

  async send(command: TaskRunCommand, tenant = TENANT): Promise<void> {
    await this.handle(tenant, command);
    await this.quiet();
  }

  async end(index: number, value: unknown = 'done'): Promise<void> {
    this.calls[index]?.answer(value);
    await this.quiet();
  }

  async fail(index: number, code = 'TASK_FAILED'): Promise<void> {
    this.calls[index]?.fail(code);
    await this.quiet();
  }

  async pass(milliseconds: number): Promise<void> {
    for (let passed = 0; passed < milliseconds; passed += 500) {
      await this.clock.advance(500);
      await this.quiet();
    }
  }

  async quiet(): Promise<void> {
    for (let turn = 0; turn < 40; turn += 1) await settled();
  }

  /** `key attempt` of every call so far. */
  get called(): readonly string[] {
    return this.calls.map(({ key, attempt }) => `${key} ${attempt}`);
  }

  async facts(run: string, tenant = TENANT): Promise<readonly string[]> {
    const types: string[] = [];
    for await (const { type } of this.store.readStream(taskRunStream(tenant, run))) types.push(type.replace('TaskRun', ''));
    return types;
  }

  private parts(dying: AbortSignal): TaskEngineParts {
    const alive = async <T>(work: () => Promise<T>): Promise<T> => {
      if (dying.aborted) return new Promise<never>(() => undefined);
      const done = await work();
      return dying.aborted ? new Promise<never>(() => undefined) : done;
    };
    return {
      store: lentStore(this.store),
      clock: this.clock,
      timers: this.clock,
      random: { next: () => 0, bytes: (count) => new Uint8Array(count) },
      send: (tenant, command) => alive(() => this.handle(tenant, command)),
      find: (shard) => alive(() => this.find(shard)),
      invoke: (attempt) => alive(() => this.invoke(attempt)),
      keep: (_tenant, run, answer) =>
        alive(() => {
          this.kept.set(run, answer);
          return Promise.resolve({ bytes: JSON.stringify(answer).length, kept: true });
        }),
      wordsOf: (error) => ({ code: error instanceof Rejection ? error.code : 'REQUEST_FAILED', reason: 'it failed' }),
      mayWork: (tenant) => !this.asleep.has(tenant),
      onFault: (error) => this.faults.push(error),
    };
  }

  private invoke({ run: { key, attempt }, cancel, signal }: TaskAttempt): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.calls.push({
        key,
        attempt,
        isCancelled: () => cancel.aborted,
        answer: resolve,
        fail: (code = 'TASK_FAILED') => reject(new Rejection(code)),
      });
      signal.addEventListener('abort', () => reject(new Rejection('SANDBOX_CANCELLED')), { once: true });
    });
  }

  private async find(shard: number) {
    const states = new Map<string, { tenant: string; state: TaskRunState }>();
    for await (const event of this.store.readAll({ filter: { categories: [TASK_RUN_CATEGORY] } })) {
      const { tenant } = event.meta;
      const before = states.get(event.stream)?.state ?? taskRunDecider.initialState;
      states.set(event.stream, { tenant, state: evolveTaskRun(before, event as unknown as TaskRunEvent) });
    }
    return [...states.values()].flatMap(({ tenant, state }) =>
      isOpen(state) && taskShardOf(tenant, extensionOf(state.task)) === shard ? [{ tenant, run: state.run }] : [],
    );
  }

  private handle(tenant: string, command: TaskRunCommand) {
    const { run } = command.data;
    return handleCommand(this.store, taskRunDecider, taskRunStream(tenant, run), command, {
      ...{ commandId: this.ids.next(), tenant, actor: 'system:test', actorKind: 'system', correlationId: run },
      now: isoNow(this.clock),
    });
  }
}
