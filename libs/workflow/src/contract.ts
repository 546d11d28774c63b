// What other contexts may ask of plugins: one interface to any of them, alone or several composed.

/** Token of `PluginOrchestrator`. */
export const PLUGINS = Symbol('PluginOrchestrator');

export interface PluginCaller {
  readonly kind: 'user' | 'service-account' | 'extension' | 'system';
  readonly id: string;
}

/** Tries again after failures that may pass. Only plugins that may be repeated, or calls that carry an idempotency key, take one. */
export interface PluginRetry {
  /** Calls in all, the first included: 1 to 10. */
  readonly attempts: number;
  /** Before the second try, doubled before each further one, each time shortened by chance by up to half. Default 200 ms. */
  readonly backoffMs?: number;
  /** Default 10 s. */
  readonly maxBackoffMs?: number;
}

/** What stands in when a call has failed for good: another plugin with the same input, or a fixed value. */
export type PluginFallback = { readonly plugin: string } | { readonly value: unknown };

/** What a whole chain of calls shares. */
export interface PluginChain {
  readonly tenant: string;
  readonly caller: PluginCaller;
  readonly correlationId: string;
  readonly traceparent?: string;
  /** Stable over retries; made from the call when absent. */
  readonly idempotencyKey?: string;
  /** For the whole chain, milliseconds from now. Default 30 s, at most 15 min. */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
  /** Calls above this one; default 0, at most 8. */
  readonly depth?: number;
}

/** How one call of a chain is made. */
export interface PluginManner {
  /** For each try of this call, within the chain's deadline. Default: what is left of it. */
  readonly timeoutMs?: number;
  readonly retry?: PluginRetry;
  readonly fallback?: PluginFallback;
}

export interface PluginCall extends PluginChain, PluginManner {
  /** `[<extension>/]<intent>[@<major>]`. */
  readonly plugin: string;
  readonly input: unknown;
}

export interface PluginResult {
  readonly output: unknown;
  /** Empty when a fixed value stood in. */
  readonly extension: string;
  readonly version: string;
  /** `<intent>@<contract version>`; empty when a fixed value stood in. */
  readonly contract: string;
  readonly milliseconds: number;
  /** Calls made, of the fallback too. */
  readonly attempts: number;
  /** Code of the failure that the fallback stood in for; null when none did. */
  readonly fellBackFrom: string | null;
}

export interface PluginStep extends PluginManner {
  /** `[a-z][a-z0-9_-]{0,63}`, unique in its run. */
  readonly id: string;
  readonly plugin: string;
  /** Fixed part of the input. */
  readonly input?: unknown;
  /**
   * Places in the input → where their values come from, as JSON pointers: into `/input` (the run's) or `/steps/<id>` (the output of an
   * earlier step; of none when steps run in parallel). The place `""` is the whole input. Laid over `input`.
   */
  readonly from?: Readonly<Record<string, string>>;
  /** `fail` (default) ends the run; `continue` leaves the step without an output. */
  readonly onError?: 'fail' | 'continue';
}

export interface PluginRun extends PluginChain {
  readonly mode: 'sequence' | 'parallel';
  /** 1 to 32. */
  readonly steps: readonly PluginStep[];
  readonly input?: unknown;
  /** Steps at once in `parallel`: 1 to 16. Default 4. */
  readonly concurrency?: number;
  /** Whether the failure of one parallel step cancels the others. Default true. */
  readonly cancelSiblings?: boolean;
}

export interface PluginStepOutcome {
  readonly id: string;
  readonly plugin: string;
  readonly status: 'succeeded' | 'failed';
  /** Null unless it succeeded. */
  readonly result: PluginResult | null;
  /** Code and facts of the failure it was allowed. */
  readonly error: { readonly code: string; readonly facts: Readonly<Record<string, unknown>> } | null;
}

export interface PluginRunResult {
  /** In the order of the steps. */
  readonly steps: readonly PluginStepOutcome[];
  /** Of the last step (sequence), or every output by step id (parallel). */
  readonly output: unknown;
  readonly milliseconds: number;
}

/** One plugin as a tenant sees it. */
export interface CataloguePlugin {
  readonly intent: string;
  readonly extension: string;
  readonly extensionVersion: string;
  /** Semver of the contract. */
  readonly contractVersion: string;
  /** Whether it can be called now. */
  readonly enabled: boolean;
  readonly description: string;
  readonly effect: 'none' | 'read' | 'write' | 'external';
  readonly idempotent: boolean;
  readonly input: unknown;
  readonly output: unknown;
  readonly errors: Readonly<Record<string, { readonly description: string; readonly retryable?: boolean; readonly details?: unknown }>>;
  readonly examples: readonly { readonly title?: string; readonly input: unknown; readonly output: unknown }[];
}

/** Errors are `Rejection`s: PLUGIN_* codes, and SANDBOX_* where the extension could not run. */
export interface PluginOrchestrator {
  call(call: PluginCall): Promise<PluginResult>;
  /** Throws PLUGIN_STEP_FAILED with the outcome of every step in its facts when a step fails that may not. */
  run(run: PluginRun): Promise<PluginRunResult>;
  /** Every plugin of the tenant's installations, by intent and extension; those of one intent where it is named. */
  catalogue(tenant: string, intent?: string): readonly CataloguePlugin[];
}

/** Events of workflows that others may handle. */
export const workflowEvents = {
  saved: 'WorkflowSaved',
  activated: 'WorkflowActivated',
  deactivated: 'WorkflowDeactivated',
  deleted: 'WorkflowDeleted',
  /** Something that it needs has gone; the reason says what. */
  blocked: 'WorkflowBlocked',
  unblocked: 'WorkflowUnblocked',
} as const;

/** Token of `WorkflowLifecycle`. */
export const WORKFLOW_LIFECYCLE = Symbol('WorkflowLifecycle');

/** For the process that works: takes up the runs of the shards whose leases it gets, while it runs. */
export interface WorkflowLifecycle {
  /** Call it once views follow the log and plugins may be called. */
  start(): Promise<void>;
  /** Lets effects in hand finish for two seconds, then hands every run back at once. */
  stop(): Promise<void>;
}

/** Token of `TriggeredRuns`. */
export const TRIGGERED_RUNS = Symbol('TriggeredRuns');

export interface TriggeredRun {
  readonly tenant: string;
  /** In its active version. */
  readonly workflow: string;
  readonly input: unknown;
  /** Runs that led to this one, each by an event it emitted: what it emits itself carries the number as `karihops`. */
  readonly hops: number;
  /** At most 200 characters. One key, one run: asked for again, whatever with, it answers the run of the first time. */
  readonly key: string;
  /** Starts it as `system:<by>`. */
  readonly by: string;
  readonly correlationId: string;
  readonly causationId: string;
}

/** Errors are `Rejection`s: WORKFLOW_UNKNOWN, WORKFLOW_INACTIVE, WORKFLOW_BLOCKED, WORKFLOW_CONSTRUCT_UNSUPPORTED. */
export interface TriggeredRuns {
  start(run: TriggeredRun): Promise<{ readonly run: string }>;
}

/** Token of `WorkflowTriggers`. */
export const WORKFLOW_TRIGGERS = Symbol('WorkflowTriggers');

/** `schedule.on` of saved workflows: one run for each event that passes one of its filters. */
export interface WorkflowTriggers {
  /** Of the events that may start that version; an empty text for any. None where no event does. */
  types(tenant: string, workflow: string, version: number): Promise<readonly string[]>;
  /** Whether that CloudEvent starts it. */
  answers(tenant: string, workflow: string, version: number, event: Readonly<Record<string, unknown>>): Promise<boolean>;
}

/** Token of `Expressions`. */
export const EXPRESSIONS = Symbol('Expressions');

export interface ExpressionFault {
  /** JSON pointer into the template. */
  readonly place: string;
  readonly reason: string;
}

/** jq as workflows have it, with its limits: 1 s, 128 MiB, 4 Mi characters in and out. WORKFLOW_EXPRESSION_FAILED where a program gives no value. */
export interface Expressions {
  /** Of every `${ … }` in a JSON value, however deep. */
  faults(template: unknown): Promise<readonly ExpressionFault[]>;
  /** Whether the first result is neither null nor false. */
  holds(program: string, input: unknown): Promise<boolean>;
  /** The value with every `${ … }` answered. */
  fill(template: unknown, input: unknown): Promise<unknown>;
}
