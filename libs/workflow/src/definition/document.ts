// A workflow as its author wrote it: CNCF Serverless Workflow DSL 1.0.x. Types alone; whether a document keeps to them is the schema's word
// and the rules'. A task is named by the JSON pointer of its place, as the DSL says: `/do/0/first`.
import type { Json, JsonObject } from '../json.js';

/** A text that holds `${ <jq> }` and nothing else; where the DSL asks for an expression, the braces may be missing. */
export type Expression = string;

/** JSON pointer of a task in its document: the list it stands in, its index, its name. */
export type TaskPointer = string;

export interface WorkflowDocument {
  readonly document: DocumentHead;
  readonly input?: DataInput;
  readonly use?: Use;
  readonly do: TaskList;
  /** Itself, or the name of one in `use.timeouts`. */
  readonly timeout?: Timeout | string;
  readonly output?: DataOutput;
  readonly schedule?: Schedule;
}

export interface DocumentHead {
  /** 1.0.0 to 1.0.x. */
  readonly dsl: string;
  /** The slug of its tenant; filled in when an author leaves it out. */
  readonly namespace: string;
  /** DNS label. */
  readonly name: string;
  /** Semver; people raise it, the platform counts its own versions. */
  readonly version: string;
  readonly title?: string;
  readonly summary?: string;
  readonly tags?: Readonly<Record<string, Json>>;
  readonly metadata?: DocumentMetadata;
}

export interface DocumentMetadata {
  readonly kari?: KariDocumentMetadata;
  readonly [name: string]: unknown;
}

/** What the platform adds to the DSL for the whole workflow. */
export interface KariDocumentMetadata {
  /** IANA name for `schedule.cron`. Default: UTC. */
  readonly timeZone?: string;
  /** A start that falls due while a run goes on. Default: skip. */
  readonly overlap?: 'allow' | 'skip' | 'queue' | 'cancel-previous';
  /** Starts missed while nobody could start them. Default: one. */
  readonly missed?: 'skip' | 'one' | 'all';
  /** Runs with equal keys, at most `limit` (1) side by side. What comes of one too many: default queue. */
  readonly concurrency?: {
    readonly key: Expression;
    readonly limit?: number;
    readonly overlap?: 'allow' | 'queue' | 'skip' | 'cancel-previous';
  };
  /** Starts of runs. */
  readonly rateLimit?: RateLimit;
}

export interface RateLimit {
  /** 1 to 100,000. */
  readonly limit: number;
  readonly per: Duration;
  /** Counts apart for each value. Default: one count for the tenant. */
  readonly key?: Expression;
}

export interface TaskMetadata {
  readonly kari?: KariTaskMetadata;
  readonly [name: string]: unknown;
}

/** What the platform adds to the DSL for one task. */
export interface KariTaskMetadata {
  /** Undoes the task once it is done and a later one fails the run. `$output` is what the task gave, `$input` what it was given. */
  readonly compensate?: TaskList;
  /** `for` alone: iterations side by side, 1 to 64. Default 1: one after the other. */
  readonly concurrency?: number;
  /** `call` alone. */
  readonly rateLimit?: RateLimit;
  /** `call` alone: names the effect for whoever repeats it. Default: made from run, task and iteration. */
  readonly idempotencyKey?: Expression;
}

/** Each item holds one task under its name. */
export type TaskList = readonly TaskItem[];
export type TaskItem = Readonly<Record<string, Task>>;

export type Task =
  CallTask | DoTask | EmitTask | ForTask | ForkTask | ListenTask | RaiseTask | RunTask | SetTask | SwitchTask | TryTask | WaitTask;

export interface TaskBase {
  readonly if?: Expression;
  readonly input?: DataInput;
  readonly output?: DataOutput;
  readonly export?: DataOutput;
  /** Itself, or the name of one in `use.timeouts`. */
  readonly timeout?: Timeout | string;
  /** Default: continue. */
  readonly then?: FlowDirective;
  readonly metadata?: TaskMetadata;
}

/** `continue`, `exit` (leaves the list), `end` (ends the workflow), or the name of a task of the same list. */
export type FlowDirective = string;

export interface DataInput {
  readonly schema?: DataSchema;
  readonly from?: Expression | JsonObject;
}

export interface DataOutput {
  readonly schema?: DataSchema;
  readonly as?: Expression | JsonObject;
}

export interface DataSchema {
  /** Only `json`. */
  readonly format?: string;
  readonly document?: Json;
  readonly resource?: ExternalResource;
}

export interface ExternalResource {
  readonly name?: string;
  readonly endpoint: Endpoint;
}

export type Endpoint = string | { readonly uri: string; readonly authentication?: AuthenticationReference };

export interface Timeout {
  readonly after: Duration;
}

/** Parts, an ISO 8601 text, or an expression that gives such a text. */
export type Duration = DurationParts | string;

export interface DurationParts {
  readonly days?: number;
  readonly hours?: number;
  readonly minutes?: number;
  readonly seconds?: number;
  readonly milliseconds?: number;
}

export interface CallTask extends TaskBase {
  /** `http`, `grpc`, `openapi`, `asyncapi`, a name of `use.functions`, or a plugin: `[<extension>/]<intent>@<major>`. */
  readonly call: string;
  readonly with?: JsonObject;
}

export interface DoTask extends TaskBase {
  readonly do: TaskList;
}

export interface EmitTask extends TaskBase {
  readonly emit: { readonly event: { readonly with: EventProperties } };
}

export interface ForTask extends TaskBase {
  readonly for: {
    /** Name of the variable of the item. Default: item. */
    readonly each?: string;
    readonly in: Expression;
    /** Name of the variable of the index. Default: index. */
    readonly at?: string;
  };
  /** Goes on only while it holds. */
  readonly while?: Expression;
  readonly do: TaskList;
}

export interface ForkTask extends TaskBase {
  readonly fork: { readonly branches: TaskList; readonly compete?: boolean };
}

export interface ListenTask extends TaskBase {
  readonly listen: {
    readonly to: EventConsumption;
    /** Default: data. */
    readonly read?: 'data' | 'envelope' | 'raw';
  };
  readonly foreach?: SubscriptionIterator;
}

export interface SubscriptionIterator {
  readonly item?: string;
  readonly at?: string;
  readonly do?: TaskList;
  readonly output?: DataOutput;
  readonly export?: DataOutput;
}

export interface RaiseTask extends TaskBase {
  /** Itself, or the name of one in `use.errors`. */
  readonly raise: { readonly error: WorkflowError | string };
}

export interface RunTask extends TaskBase {
  readonly run: {
    readonly workflow: { readonly namespace: string; readonly name: string; readonly version: string; readonly input?: JsonObject };
    /** Default: true. */
    readonly await?: boolean;
  };
}

export interface SetTask extends TaskBase {
  readonly set: JsonObject | Expression;
}

export interface SwitchTask extends TaskBase {
  readonly switch: readonly Readonly<Record<string, SwitchCase>>[];
}

export interface SwitchCase {
  /** Left out: the case that always holds. */
  readonly when?: Expression;
  readonly then: FlowDirective;
}

export interface TryTask extends TaskBase {
  readonly try: TaskList;
  readonly catch: Catch;
}

export interface Catch {
  /** Left out: every error. */
  readonly errors?: { readonly with?: ErrorFilter };
  /** Name of the variable of the error. Default: error. */
  readonly as?: string;
  readonly when?: Expression;
  readonly exceptWhen?: Expression;
  /** Itself, or the name of one in `use.retries`. */
  readonly retry?: RetryPolicy | string;
  readonly do?: TaskList;
}

export interface ErrorFilter {
  readonly type?: string;
  readonly status?: number;
  readonly instance?: string;
  readonly title?: string;
  readonly details?: string;
}

export interface WaitTask extends TaskBase {
  readonly wait: Duration;
}

export interface WorkflowError {
  /** A URI, or an expression. */
  readonly type: string;
  readonly status: number;
  readonly instance?: string;
  readonly title?: string;
  readonly detail?: string;
}

export interface RetryPolicy {
  readonly when?: Expression;
  readonly exceptWhen?: Expression;
  readonly delay?: Duration;
  readonly backoff?: { readonly constant: JsonObject } | { readonly exponential: JsonObject } | { readonly linear: JsonObject };
  readonly limit?: {
    readonly attempt?: { readonly count?: number; readonly duration?: Duration };
    readonly duration?: Duration;
  };
  readonly jitter?: { readonly from: Duration; readonly to: Duration };
}

/** Attributes of a CloudEvent. */
export interface EventProperties {
  readonly id?: string;
  readonly source?: string;
  readonly type?: string;
  readonly time?: string;
  readonly subject?: string;
  readonly datacontenttype?: string;
  readonly dataschema?: string;
  readonly data?: Json;
  readonly [extension: string]: Json | undefined;
}

export type EventConsumption =
  | { readonly all: readonly EventFilter[] }
  | { readonly any: readonly EventFilter[]; readonly until?: Expression | EventConsumption }
  | { readonly one: EventFilter };

export interface EventFilter {
  readonly with: EventProperties;
  readonly correlate?: Readonly<Record<string, { readonly from: Expression; readonly expect?: string }>>;
}

export interface Schedule {
  /** Five fields; the time zone stands in `document.metadata.kari`. */
  readonly cron?: string;
  readonly every?: Duration;
  readonly after?: Duration;
  readonly on?: EventConsumption;
}

export interface Use {
  readonly authentications?: Readonly<Record<string, JsonObject>>;
  readonly errors?: Readonly<Record<string, WorkflowError>>;
  readonly extensions?: readonly Readonly<Record<string, TaskExtension>>[];
  readonly functions?: Readonly<Record<string, Task>>;
  readonly retries?: Readonly<Record<string, RetryPolicy>>;
  /** Names of secrets of the tenant. */
  readonly secrets?: readonly string[];
  readonly timeouts?: Readonly<Record<string, Timeout>>;
  readonly catalogs?: Readonly<Record<string, { readonly endpoint: Endpoint }>>;
}

export interface TaskExtension {
  readonly extend: string;
  readonly when?: Expression;
  readonly before?: TaskList;
  readonly after?: TaskList;
}

export type AuthenticationReference = { readonly use: string } | JsonObject;

/** The key that says what a task does. */
export const taskKinds = ['call', 'do', 'emit', 'for', 'fork', 'listen', 'raise', 'run', 'set', 'switch', 'try', 'wait'] as const;
export type TaskKind = (typeof taskKinds)[number];

export function kindOf(task: Task): TaskKind {
  // `for` holds a `do` of its own, so it is asked first.
  return 'for' in task ? 'for' : taskKinds.find((kind) => Object.hasOwn(task, kind))!;
}

/** `pointerOf('/do', 0, 'first')` is `/do/0/first`. */
export function pointerOf(list: string, index: number, name: string): TaskPointer {
  return `${list}/${index}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
