// What an author extends when functions alone are not enough: own state and helpers, with the platform at hand as `this.kv`, `this.http` ...
import type { EventHandler, HandlerContext, Health, Hooks, PluginHandler, TaskHandler } from './context.js';
import type { Data } from './data.js';
import type { RouteHandlers } from './routes.js';
import type { Events, Http, KeyValueStore, Log, Metrics, Plugins, Secrets, Services } from './services.js';
import type { AnyExtension, ExtensionTypes } from './types.js';

/** A handler for every plugin that the manifest declares. */
export type PluginHandlers<T extends ExtensionTypes> = { readonly [Intent in keyof T['plugins']]: PluginHandler<T, Intent> };

/** A handler for every event type that the manifest subscribes to. */
export type EventHandlers<T extends ExtensionTypes> = { readonly [Type in T['subscribes']]: EventHandler<T> };

/** A handler for every task that the manifest declares. */
export type TaskHandlers<T extends ExtensionTypes> = { readonly [Name in keyof T['tasks']]: TaskHandler<T, Name> };

/**
 * One instance per process: one tenant, one version. Nothing in memory survives: the process may be stopped when idle and started again.
 *
 * `this.kv`, `this.http` ... act for the extension itself, outside any call: right for background work. Inside a handler use those of its
 * `context`: they act on behalf of the caller, end with the call, and are audited with it.
 *
 * @example
 * class Notes extends BaseExtension<NotesTypes> {
 *   readonly provides = { 'note.read': async ({ id }, { kv }) => ({ text: (await kv.get<string>(id))?.value ?? '' }) };
 * }
 * export const start = defineExtension(Notes);
 */
export abstract class BaseExtension<T extends ExtensionTypes = AnyExtension> implements Hooks<T> {
  readonly #services: Services<T>;

  /** Called by the platform; an own constructor must pass its argument on. */
  constructor(services: Services<T>) {
    this.#services = services;
  }

  /** Handlers of the plugins, by intent. */
  readonly provides?: PluginHandlers<T>;
  /** Handlers of the events, by type. */
  readonly receives?: EventHandlers<T>;
  /** Handlers of the tasks, by name. */
  readonly performs?: TaskHandlers<T>;
  /** Handlers of the HTTP routes, by name. */
  readonly serves?: RouteHandlers<T>;

  onInstall?(context: HandlerContext<T>): Promise<void> | void;
  onActivate?(context: HandlerContext<T>): Promise<void> | void;
  onDeactivate?(context: HandlerContext<T>): Promise<void> | void;
  onUpgrade?(from: string, context: HandlerContext<T>): Promise<void> | void;
  onConfigChanged?(previous: Readonly<T['config']>, context: HandlerContext<T>): Promise<void> | void;
  onUninstall?(context: HandlerContext<T>): Promise<void> | void;
  onHealthCheck?(context: HandlerContext<T>): Promise<Health> | Health;

  /** The configuration of this tenant as it is now. */
  get config(): Readonly<T['config']> {
    return this.#services.config;
  }
  get kv(): KeyValueStore {
    return this.#services.kv;
  }
  get data(): Data<T> {
    return this.#services.data;
  }
  get plugins(): Plugins<T> {
    return this.#services.plugins;
  }
  get events(): Events<T> {
    return this.#services.events;
  }
  get http(): Http {
    return this.#services.http;
  }
  get secrets(): Secrets<T> {
    return this.#services.secrets;
  }
  get log(): Log {
    return this.#services.log;
  }
  get metrics(): Metrics<T> {
    return this.#services.metrics;
  }
}
