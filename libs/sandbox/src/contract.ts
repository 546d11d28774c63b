// What other contexts may ask of sandboxes, and how they offer a capability to the extensions inside.
import type { RegisteredVersion } from '@kari/extension/contract';
import type { HandlerName, IncomingStream, InvocationContext, OutgoingStream } from '@kari/protocol/broker';
import type { ZodType } from 'zod';

/** Token of `Sandboxes`. */
export const SANDBOXES = Symbol('Sandboxes');
/** Token of `Registry<Capability>`: filled by the modules of the contexts that own the resources. */
export const CAPABILITIES = Symbol('Registry<Capability>');
/** Token of `SandboxObserver`: the sink for calls, logs and metrics of extensions (`metrics/` implements it). */
export const SANDBOX_OBSERVER = Symbol('SandboxObserver');

/** Token of `SandboxLifecycle`. */
export const SANDBOX_LIFECYCLE = Symbol('SandboxLifecycle');

/** For the process that has the role `host`: nothing runs before `begin` and after `end`. */
export interface SandboxLifecycle {
  /** Begins to prove the isolation level; `begin` waits for it. Needs neither log nor database, so that their start need not come first. */
  prepare(): void;
  /**
   * Proves the isolation level, ends what a killed host left running, writes off its processes in the log, and follows installations. Call
   * it once the log, the installations and the tenants can be read; about a second. Never throws for a low level: `Sandboxes` then refuse.
   */
  begin(): Promise<void>;
  /** No new calls; every process ends within the grace (default 5 s). Asked twice, it ends once. */
  end(graceMs?: number): Promise<void>;
  /** Level, features and the first reason for not being higher, in one line for people. */
  describe(): string;
}

export interface SandboxInvocation {
  readonly tenant: string;
  readonly extension: string;
  readonly handler: HandlerName;
  readonly input: unknown;
  /** Who, for which correlation; `invocation` and `deadlineMs` are set by the host. */
  readonly context: Omit<InvocationContext, 'invocation' | 'deadlineMs' | 'tenant'>;
  /** Milliseconds from now; default and upper bound: the resource class's (S 10 s, M 2 min, L 15 min). */
  readonly deadlineMs?: number;
  /** Gives the call up at once: SANDBOX_CANCELLED. The handler's signal aborts. */
  readonly signal?: AbortSignal;
  /**
   * Asks the handler to end: its signal aborts, and the call still waits for its answer, at most that many milliseconds more; then
   * SANDBOX_DEADLINE. A call that has not reached the handler yet is given up at once.
   */
  readonly cancel?: { readonly signal: AbortSignal; readonly graceMs: number };
  /** Calls above this one in the chain, 0 at the edge; 8 at most. */
  readonly depth: number;
  /**
   * Makes the call itself, once it has a process: for inputs and answers too large for one message, which travel as streams beside it. Sends
   * once; what it opens or reads must end with it. `input` above is not sent then.
   */
  readonly exchange?: (wire: SandboxWire) => Promise<unknown>;
}

/** One call on its way into a process. */
export interface SandboxWire {
  /** Aborts with the reason when the call is over before its answer is. */
  readonly signal: AbortSignal;
  /** The handler's answer to that input. */
  send(input: unknown): Promise<unknown>;
  /** Throws `BrokerError` LIMIT when too many are open. */
  open(): OutgoingStream;
  /** Throws `BrokerError` INVALID when there is none of that id. */
  read(id: number): IncomingStream;
}

export type SandboxState = 'stopped' | 'idle' | 'starting' | 'ready' | 'backing-off' | 'quarantined' | 'blocked';

export interface SandboxStatus {
  readonly tenant: string;
  readonly extension: string;
  readonly version: string;
  readonly state: SandboxState;
  /** In words: why it is in this state. */
  readonly reason: string;
  /** Isolation level reached by its process, null when none runs. */
  readonly level: string | null;
  readonly pid: number | null;
  readonly restarts: number;
  readonly memoryBytes: number | null;
  readonly cpuMilliseconds: number | null;
  readonly since: string;
}

/** Errors are `Rejection`s with SANDBOX_* or PLUGIN_* codes; a plugin's declared error arrives as PLUGIN_FAILED with its code in the facts. */
export interface Sandboxes {
  /** Starts the sandbox on first use. */
  invoke(invocation: SandboxInvocation): Promise<unknown>;
  /** Starts a process, waits until it is loaded and healthy, and leaves it running. Used by install as the trial. */
  start(tenant: string, extension: string): Promise<void>;
  /** `shutdown`, grace, SIGKILL; resolves when the process is gone. */
  stop(tenant: string, extension: string, reason: string): Promise<void>;
  /** Stops all of a tenant. */
  stopTenant(tenant: string, reason: string): Promise<void>;
  statuses(tenant: string): readonly SandboxStatus[];
  onStatus(listener: (status: SandboxStatus) => void): () => void;
  readonly candidates: SandboxCandidates;
}

/** A version and the tenant it is tried in. */
export interface SandboxCandidate {
  readonly tenant: string;
  readonly extension: string;
  readonly version: string;
}

/**
 * Versions on trial: at most one process per extension and tenant, beside the one that serves. Hooks alone run in it, under the grants and
 * the manifest of the installed version; nobody else can call it. Once that very version is the installed one, its process takes over: new
 * calls go to it, calls in hand finish on the other, which then ends. It ends with its tenant, the removal of its extension and the host.
 */
export interface SandboxCandidates {
  /** Starts it, loaded and answering; one of the same code that runs already is kept, another is ended. Throws `Rejection` SANDBOX_*. */
  start(tenant: string, version: RegisteredVersion): Promise<void>;
  /** Throws `Rejection` SANDBOX_NO_CANDIDATE when none runs, SANDBOX_NOT_ENABLED for anything but a hook. */
  invoke(invocation: SandboxInvocation): Promise<unknown>;
  /** Resolves when the process is gone; nothing where none runs. */
  stop(tenant: string, extension: string, reason: string): Promise<void>;
  all(): readonly SandboxCandidate[];
}

/** Names other contexts may handle. `SandboxQuarantined` carries `extension`, `version`, `bundleHash` and `reason`. */
export const supervisionEvents = { quarantined: 'SandboxQuarantined' } as const;

/** Who calls the broker: bound to the process, never read from a parameter. */
export interface BrokerCaller {
  readonly tenant: string;
  readonly extension: string;
  readonly version: string;
  /** On whose behalf: the invocation it is part of, or the extension itself. */
  readonly actor: InvocationContext['actor'];
  readonly correlationId: string;
  readonly traceparent?: string;
  readonly depth: number;
  /** Monotonic milliseconds left for this call. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  /** Scopes of this capability that the manifest asks for and the tenant granted; empty for one that is open to all. */
  readonly scopes: readonly Readonly<Record<string, unknown>>[];
  /** Large bodies: open one and answer its id, or read one whose id the request names. Absent only in hand-made callers. */
  readonly streams?: { open(): OutgoingStream; read(id: number): IncomingStream };
  /** A line in the extension's own log. */
  log?(level: 'debug' | 'info' | 'warn' | 'error', message: string, fields?: Readonly<Record<string, unknown>>): void;
}

export type Verdict = { readonly allowed: true } | { readonly allowed: false; readonly why: string };

/** One thing an extension may ask: schema, then `allows` (pure, first, and again before the answer), then `perform`. */
export interface CapabilityOperation<Request = never, Answer = unknown> {
  /** `fetch` of `http.fetch`. */
  readonly name: string;
  readonly schema: ZodType<Request>;
  /** Denials are audited always; `all` audits allowed calls too (secrets, egress, plugins). */
  readonly audit: 'denials' | 'all';
  allows(scopes: readonly Readonly<Record<string, unknown>>[], request: Request): Verdict;
  perform(caller: BrokerCaller, request: Request): Promise<Answer>;
  /** Subject of the audit entry, `<thing>:<id>`; no secret. */
  subject?(request: Request): string;
}

export interface Capability {
  readonly name: string;
  /** Open without a grant: `log`, `metrics`, `config`. */
  readonly openToAll: boolean;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- operations of one capability differ in their request
  readonly operations: readonly CapabilityOperation<any, unknown>[];
}

/** What the host saw of extensions; must never throw or block. */
export interface SandboxObserver {
  called(call: {
    readonly tenant: string;
    readonly extension: string;
    readonly version: string;
    readonly handler: string;
    readonly milliseconds: number;
    readonly error: string | null;
  }): void;
  logged(line: {
    readonly tenant: string;
    readonly extension: string;
    readonly version: string;
    readonly level: 'debug' | 'info' | 'warn' | 'error';
    readonly message: string;
    readonly fields?: Readonly<Record<string, unknown>>;
    readonly correlationId: string | null;
    readonly source: 'log' | 'console' | 'host';
  }): void;
  measured(sample: {
    readonly tenant: string;
    readonly extension: string;
    readonly version: string;
    readonly name: string;
    readonly value: number;
    readonly labels: Readonly<Record<string, string>>;
  }): void;
  consumed(usage: {
    readonly tenant: string;
    readonly extension: string;
    readonly version: string;
    readonly cpuMilliseconds: number;
    readonly memoryBytes: number;
  }): void;
}
