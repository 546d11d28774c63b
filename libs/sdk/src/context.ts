// What a handler is given beside its input.
import type { InvocationContext } from '@kari/protocol/broker';
import type { Services } from './services.js';
import type { AnyExtension, ExtensionTypes } from './types.js';

/** Services bound to this call, and who called. All of it is set by the host: it can be relied on. */
export interface HandlerContext<T extends ExtensionTypes = AnyExtension> extends Services<T> {
  /** Tenant uuid. One process serves one tenant only. */
  readonly tenant: string;
  /** Who set it in motion; `extension` with the extension's id when another extension called. */
  readonly actor: InvocationContext['actor'];
  /** The same over the whole chain of calls: for logs. */
  readonly correlationId: string;
  /** W3C Trace Context of the call, to hand on to services outside. Absent: it is not traced. */
  readonly traceparent?: string;
  /** Stable over retries of the same effect: give it to services that know idempotency keys. */
  readonly idempotencyKey: string;
  /** Milliseconds that were left when the call was sent. */
  readonly deadlineMs: number;
  /** Aborts when the caller leaves or the deadline passes. */
  readonly signal: AbortSignal;
  readonly extension: { readonly id: string; readonly version: string };
}

/** Answers one plugin. Throw `PluginError` for an error of the contract; anything else is a failure. */
export type PluginHandler<T extends ExtensionTypes, Intent extends keyof T['plugins']> = (
  input: T['plugins'][Intent]['input'],
  context: HandlerContext<T>,
) => Promise<T['plugins'][Intent]['output']> | T['plugins'][Intent]['output'];

/** One delivery of an event. It may come again: remember `id`, or make the work repeatable. */
export interface EventDelivery<Data = unknown> {
  /** The same over repeated deliveries. */
  readonly id: string;
  /** `<extension>.<name>.v<major>`. */
  readonly type: string;
  /** What it is about; events of one key arrive in order. */
  readonly key: string;
  /** ISO 8601, when it was published. */
  readonly time: string;
  readonly data: Data;
}

/** Takes one event; resolving acknowledges it, throwing asks for another delivery. */
export type EventHandler<T extends ExtensionTypes> = (event: EventDelivery, context: HandlerContext<T>) => Promise<void> | void;

/** The run of a task that a handler is called for. */
export interface TaskRun {
  /** uuid; the same over attempts. Lines that the handler logs are found by it. */
  readonly id: string;
  /** 1 for the first. Counts every attempt, also those whose process ended before they could tell what became of them. */
  readonly attempt: number;
  /** `schedule`: a planned time. `manual`: somebody asked for it. `event`: an event of the tenant. */
  readonly cause: 'schedule' | 'manual' | 'event';
  /** ISO 8601: the planned time, which may lie some time back. Null for what was not planned. */
  readonly plannedAt: string | null;
  /** ISO 8601: when this attempt began, by the platform's clock. */
  readonly startedAt: string;
}

/**
 * What the handler of a task is given beside its input. `idempotencyKey` is the same over all attempts of a run: what was done under it before is done
 * already. `signal` aborts when the run is cancelled: end soon, five seconds later nobody waits any more.
 */
export interface TaskContext<T extends ExtensionTypes = AnyExtension> extends HandlerContext<T> {
  readonly run: TaskRun;
  /**
   * Tells those who look on how far it has come: a fraction from 0 to 1, or null to leave it, and a note of at most 500 characters. Never rejects; the
   * newest one is shown, about four times a second, and those in between may be dropped. No personal data or secrets in notes.
   */
  progress(fraction: number | null, note?: string): void;
}

/**
 * Does one run of a task; what it answers is kept to be looked at, up to 64 KiB of JSON. Throwing fails the attempt, and the platform tries again as often
 * as the manifest says. It may be called again though it had done its work, when its process ended before that was recorded: make a repeat harmless.
 */
export type TaskHandler<T extends ExtensionTypes, Name extends keyof T['tasks']> = (
  input: T['tasks'][Name]['input'],
  context: TaskContext<T>,
) => unknown;

/** What `onHealthCheck` answers. Default without the hook: healthy while the process answers. */
export interface Health {
  readonly healthy: boolean;
  /** In words, for operators; needed when not healthy. At most 20 of 500 characters. */
  readonly reasons?: readonly string[];
}

/** Moments in the life of an extension in one tenant. Each may be repeated after a failure: make it so that twice does no harm. */
export interface Hooks<T extends ExtensionTypes = AnyExtension> {
  /** Before it is enabled for the first time. Throwing stops the installation, which is then undone. */
  onInstall?(context: HandlerContext<T>): Promise<void> | void;
  /** Each time it is enabled. Throwing leaves it disabled. */
  onActivate?(context: HandlerContext<T>): Promise<void> | void;
  /** Before it is disabled; the sandbox stops afterwards, also when this throws. */
  onDeactivate?(context: HandlerContext<T>): Promise<void> | void;
  /**
   * In the new version, in a process of its own, while the old version still serves. `from`: the version that serves, as semver. Throwing,
   * missing the deadline (of the resource class, 2 minutes at most) or an unhealthy `onHealthCheck` right after keeps the old version.
   * Until the switch it acts under the permissions of the old version, as far as the new one asks for them too; for a disabled extension
   * under none. What it stores is seen by the old version at once, and stays when the upgrade is taken back or rolled back: write what both
   * understand, and make a repeat harmless. Never called on the way back to an older version.
   */
  onUpgrade?(from: string, context: HandlerContext<T>): Promise<void> | void;
  /** After an operator changed the configuration: `context.config` is the new one. */
  onConfigChanged?(previous: Readonly<T['config']>, context: HandlerContext<T>): Promise<void> | void;
  /** Before it is removed for good. What it stored is removed by the platform. */
  onUninstall?(context: HandlerContext<T>): Promise<void> | void;
  /**
   * Asked in each trial (of an install, of an upgrade), by operators, and every 30 seconds (a setting) while a new version is on trial: not
   * healthy then takes the version before back. Cheap: no more than a second.
   */
  onHealthCheck?(context: HandlerContext<T>): Promise<Health> | Health;
}
