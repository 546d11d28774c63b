// Runs one extension inside a test, with the platform played from memory: same manifest check, same contracts, same refusals, no sandbox.
import { DEFAULT_TASK_RETRIES, taskPause, withDefaults } from '@kari/package';
import type { Manifest } from '@kari/protocol/manifest';
import type { HandlerName, HookName, InvocationContext, LoadedExtension, RunnerHost } from '@kari/protocol/broker';
import { KariError, type Health } from '@kari/sdk';
import { acceptInput, ContractViolation, demand, judgedError } from './contracts.js';
import { handlerProblems } from './handler-problems.js';
import { loadSource, type TestSource } from './load-source.js';
import { MemoryBroker, type BrokerOptions, type PublishedEvent, type RecordedCall } from './memory-broker.js';
import { judgedResponse, openRoute, type TestRequest, type TestResponse } from './routes.js';
import { TestClock } from './test-clock.js';

export interface TestHostOptions extends BrokerOptions {
  /** Values of the configuration; defaults of the schema are filled in. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** ISO 8601. `Date` then follows `host.clock` until `close`. Default: 2026-01-01T00:00:00Z for events, and `Date` untouched. */
  readonly now?: string;
  /** Default: a fixed uuid. */
  readonly tenant?: string;
  /** On whose behalf plugins are called and tasks are run by hand; hooks, events and planned times are nobody's, as on the platform. Default: a user. */
  readonly actor?: InvocationContext['actor'];
  /**
   * The host of the version before: this one starts with what that one has stored, and with its rows in tables of its own, renamed, dropped
   * and filled as the platform would. Rejects where an upgrade would be refused: DATA_LAYOUT_*, DATA_MIGRATION_FAILED. Default: nothing was before.
   */
  readonly before?: TestHost;
}

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

export interface Sample {
  readonly name: string;
  readonly value: number;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface InvokeOptions {
  readonly signal?: AbortSignal;
  /** Milliseconds; default 10,000. The handler is told, and its signal aborts. */
  readonly deadlineMs?: number;
  readonly idempotencyKey?: string;
}

export interface TaskOptions {
  /** Default: null, as a planned time gives it. */
  readonly input?: unknown;
  /** Default: manual. */
  readonly cause?: 'schedule' | 'manual' | 'event';
  /** ISO 8601. Default: null. */
  readonly plannedAt?: string;
  /** Cancels the run: the handler's signal aborts. */
  readonly signal?: AbortSignal;
  /** Milliseconds for each attempt; default 10,000. */
  readonly deadlineMs?: number;
  /** Further attempts after a failure. Default: those of the manifest, or 3. */
  readonly retries?: number;
}

/** What became of a run of a task. */
export interface TaskOutcome {
  readonly status: 'succeeded' | 'failed' | 'cancelled';
  readonly attempts: number;
  /** What the handler answered, as JSON. */
  readonly answer: unknown;
  /** What the last failed attempt threw; null when none failed. */
  readonly error: unknown;
  /** Everything that was told of the progress, in order, over all attempts. */
  readonly progress: readonly { readonly fraction: number | null; readonly note: string | null }[];
}

const TENANT = '00000000-0000-7000-8000-00000000000a';
type Actor = InvocationContext['actor'];
const SOMEBODY: Actor = { id: 'somebody', kind: 'user' };
const PLATFORM: Actor = { id: 'system:platform', kind: 'system' };

export class TestHost {
  readonly logs: LogLine[] = [];
  readonly samples: Sample[] = [];
  #invocations = 0;
  #runs = 0;

  private constructor(
    readonly manifest: Manifest,
    /** What the manifest's handlers and hooks are there for. */
    readonly handlers: readonly HandlerName[],
    readonly clock: TestClock,
    private readonly broker: MemoryBroker,
    private readonly loaded: LoadedExtension,
    private readonly options: TestHostOptions,
    /** By invocation. */
    private readonly actors: Map<string, Actor>,
    private readonly dispose: () => Promise<void>,
  ) {}

  /** Throws `Rejection` for a bad manifest, `ContractViolation` when handlers and manifest differ. */
  static async start(source: TestSource, options: TestHostOptions = {}): Promise<TestHost> {
    const { manifest, start, dispose, place } = await loadSource(source);
    const clock = new TestClock(options.now ?? '2026-01-01T00:00:00Z');
    if (options.now !== undefined) clock.install();
    try {
      const broker = new MemoryBroker(manifest, clock, options, options.before?.broker);
      const actors = new Map<string, Actor>();
      const lines: { logs?: LogLine[]; samples?: Sample[] } = {};
      const host: RunnerHost = {
        protocol: 1,
        extension: { id: manifest.id, version: manifest.version },
        config: configurationOf(manifest, options.config ?? {}),
        call: (method, request, { invocation } = {}) =>
          broker.call(method, request, invocation ?? null, actors.get(invocation ?? '') ?? null),
        notify: (method, params) => void (method === 'log' ? lines.logs?.push(params as LogLine) : lines.samples?.push(params as Sample)),
      };
      const early: LogLine[] = [];
      lines.logs = early;
      const loaded = await start(host);
      const problems = await handlerProblems(manifest, loaded.handlers, place);
      if (problems.length > 0) throw new ContractViolation(problems.join('\n'));
      const testHost = new TestHost(manifest, loaded.handlers, clock, broker, loaded, options, actors, dispose);
      testHost.logs.push(...early);
      lines.logs = testHost.logs;
      lines.samples = testHost.samples;
      return testHost;
    } catch (error) {
      clock.uninstall();
      await dispose();
      throw error;
    }
  }

  /**
   * Calls a plugin as the platform would: the input is checked (INVALID), then the handler runs, then its output is checked. Rejects with
   * the plugin's declared error, or `ContractViolation` when the handler breaks its contract.
   */
  async call<Output = unknown>(intent: string, input: unknown, options: InvokeOptions = {}): Promise<Output> {
    const contract = this.manifest.plugins?.[intent];
    if (contract === undefined)
      throw new KariError('INVALID', `The manifest declares no plugin ${intent}.`, { reason: 'PLUGIN_NOT_FOUND' });
    acceptInput(contract.input, input, `the input of ${intent}`);
    const output = await this.#invoke(`plugin:${intent}`, input, options, this.#actor).catch((error: unknown) => {
      throw judgedError(this.manifest, intent, error);
    });
    demand(contract.output, output, `the output of ${intent}`);
    return output as Output;
  }

  /**
   * Sends a request to a route as the platform would: path, query, body and rights are judged (`KariError`), then the handler runs, then its
   * answer is. Rejects with `ContractViolation` for an answer that would not be let out.
   */
  async request(request: TestRequest): Promise<TestResponse> {
    const opened = openRoute(this.manifest, this.options.tenant ?? TENANT, request);
    return judgedResponse(this.manifest, opened, await this.#invoke(`route:${opened.name}`, opened.call, {}, this.#actor));
  }

  /** Delivers an event that the extension subscribes to. A second delivery with the same `id` is what at-least-once means. */
  async deliver(
    type: string,
    data: unknown,
    { key = 'test', id = `delivery-${this.#invocations + 1}`, time = new Date(this.clock.now()).toISOString() } = {},
  ): Promise<void> {
    await this.#invoke(`event:${type}`, { id, type, key, time, data }, {});
  }

  /**
   * Runs a task as the platform would: judges an input that a person gives (INVALID), tries again after a failure under the same idempotency key, and
   * moves the clock on by the pause before each further attempt. Pauses are the platform's without their share of chance.
   */
  async run(name: string, options: TaskOptions = {}): Promise<TaskOutcome> {
    const task = this.manifest.tasks?.[name];
    if (task === undefined) throw new KariError('INVALID', `The manifest declares no task ${name}.`, { reason: 'TASK_NOT_FOUND' });
    const { input = null, cause = 'manual', plannedAt = null, signal, deadlineMs } = options;
    if (cause === 'manual' && (input !== null || task.input !== undefined)) acceptInput(task.input ?? false, input, `the input of ${name}`);
    const id = `run-${++this.#runs}`;
    const told = this.calls.length;
    const retries = options.retries ?? task.retries ?? DEFAULT_TASK_RETRIES;
    const outcome = (status: TaskOutcome['status'], attempts: number, answer: unknown, error: unknown): TaskOutcome => {
      const progress = this.calls.slice(told).filter(({ method }) => method === 'tasks.progress');
      return { status, attempts, answer, error, progress: progress.map(({ request }) => request as TaskOutcome['progress'][number]) };
    };
    let error: unknown = null;
    for (let attempt = 1; ; attempt += 1) {
      const startedAt = new Date(this.clock.now()).toISOString();
      try {
        const limits = { ...(signal === undefined ? {} : { signal }), ...(deadlineMs === undefined ? {} : { deadlineMs }) };
        const call = { run: id, attempt, cause, plannedAt, startedAt, input };
        const by = cause === 'manual' ? this.#actor : PLATFORM;
        const answer = await this.#invoke(`task:${name}`, call, { ...limits, idempotencyKey: `${this.manifest.id}/${name}:${id}` }, by);
        return outcome('succeeded', attempt, answer, error);
      } catch (failure) {
        error = failure;
        if (signal?.aborted === true) return outcome('cancelled', attempt, null, error);
        if (attempt > retries) return outcome('failed', attempt, null, error);
        this.clock.advance(taskPause(attempt, 0));
      }
    }
  }

  /** Runs a hook; null when the extension has none. */
  async hook(name: HookName, input: unknown = {}): Promise<unknown> {
    return this.handlers.includes(`hook:${name}`) ? this.#invoke(`hook:${name}`, input, {}) : null;
  }

  /**
   * Tries this version as an upgrade from that one: `onUpgrade(from)`, then `onHealthCheck`. Rejects when it throws or is not healthy: the
   * platform would then keep the old version. Run it twice to see that a repeat does no harm; start the host with `before` for the data.
   */
  async upgrade(from: string): Promise<void> {
    await this.hook('onUpgrade', { from });
    const { healthy, reasons = [] } = await this.health();
    if (!healthy) throw new Error(`not healthy after the upgrade: ${reasons.join('; ') || 'it gives no reason'}`);
  }

  async health(): Promise<Health> {
    return ((await this.hook('onHealthCheck')) as Health | null) ?? { healthy: true };
  }

  /** An operator changes the configuration: checked against the schema, then told to the extension. */
  async configure(values: Readonly<Record<string, unknown>>): Promise<void> {
    await this.#invoke('hook:onConfigChanged', configurationOf(this.manifest, values), {});
  }

  /** Takes a grant back, by its id: `http:https://api.example.org:443`, `plugins:time.now`, `kv`. */
  revoke(grant: string): void {
    this.broker.revoke(grant);
  }

  /**
   * Runs the examples of every plugin whose effect is `none` and says which answer something else: empty when the manifest tells the truth.
   */
  async checkExamples(): Promise<readonly string[]> {
    const wrong: string[] = [];
    for (const [intent, { effect, examples = [] }] of Object.entries(this.manifest.plugins ?? {})) {
      for (const [index, { input, output }] of effect === 'none' ? examples.entries() : []) {
        const answer = await this.call(intent, input).catch((error: unknown) => ({ error: String(error) }));
        if (inOrder(answer) !== inOrder(output))
          wrong.push(`${intent}, example ${index + 1}: answers ${JSON.stringify(answer)}, not ${JSON.stringify(output)}`);
      }
    }
    return wrong;
  }

  /** Everything asked of the platform, in order, refusals included. */
  get calls(): readonly RecordedCall[] {
    return this.broker.calls;
  }

  get published(): readonly PublishedEvent[] {
    return this.broker.published;
  }

  /** Contents of the key-value store. */
  get stored(): Readonly<Record<string, unknown>> {
    return this.broker.store.contents();
  }

  /** Rows of the tables, of every user, by collection. */
  get rows(): Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>> {
    return this.broker.tables.contents();
  }

  /** Gives back the clock and removes temporary files. */
  async close(): Promise<void> {
    this.clock.uninstall();
    await this.dispose();
  }

  get #actor(): Actor {
    return this.options.actor ?? SOMEBODY;
  }

  async #invoke(
    handler: HandlerName,
    input: unknown,
    { signal, deadlineMs = 10_000, idempotencyKey }: InvokeOptions,
    actor: Actor = PLATFORM,
  ): Promise<unknown> {
    const invocation = `invocation-${++this.#invocations}`;
    const context: InvocationContext = {
      invocation,
      correlationId: invocation,
      tenant: this.options.tenant ?? TENANT,
      actor,
      deadlineMs,
      idempotencyKey: idempotencyKey ?? invocation,
    };
    this.actors.set(invocation, context.actor);
    const late = AbortSignal.timeout(deadlineMs);
    const over = AbortSignal.any([late, ...(signal === undefined ? [] : [signal])]);
    const refusal = () =>
      late.aborted
        ? new KariError('DEADLINE', `${handler} took longer than ${deadlineMs} ms.`)
        : new KariError('CANCELLED', 'The caller has left.');
    // As the pipe would carry it, in both directions.
    return copied(await raced(this.loaded.invoke(handler, copied(input), context, over), over, refusal));
  }
}

/** Loads an extension for tests. See `TestSource` and `TestHostOptions`; call `close` at the end. */
export function testHost(source: TestSource, options: TestHostOptions = {}): Promise<TestHost> {
  return TestHost.start(source, options);
}

function configurationOf(manifest: Manifest, values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (manifest.config === undefined) return {};
  const filled = withDefaults(manifest.config, copied(values)) ?? {};
  acceptInput(manifest.config, filled, 'the configuration');
  return filled as Readonly<Record<string, unknown>>;
}

/** JSON with its keys in order: two values are the same answer when these are equal. */
function inOrder(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([left], [right]) => (left < right ? -1 : 1)))
      : item,
  );
}

function copied(value: unknown): unknown {
  return value === undefined ? null : (JSON.parse(JSON.stringify(value)) as unknown);
}

async function raced<T>(work: Promise<T>, signal: AbortSignal, refusal: () => Error): Promise<T> {
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    const refuse = () => reject(refusal());
    if (signal.aborted) return refuse();
    signal.addEventListener('abort', refuse, { once: true });
    stop = () => signal.removeEventListener('abort', refuse);
  });
  return Promise.race([work, aborted]).finally(stop);
}
