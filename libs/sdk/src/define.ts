// Turns what an author wrote into the one function that the runner calls.
import type { HandlerName, HookName, InvocationContext, RouteCall, RunnerHost, Start } from '@kari/protocol/broker';
import type { BaseExtension, EventHandlers, PluginHandlers, TaskHandlers } from './base-extension.js';
import { routeAnswer } from './bind-routes.js';
import { bindServices } from './bind-services.js';
import type { EventDelivery, HandlerContext, Hooks, PluginHandler, TaskContext, TaskHandler, TaskRun } from './context.js';
import { KariError } from './errors.js';
import { progressOf } from './progress.js';
import type { RouteHandler, RouteHandlers } from './routes.js';
import type { Services } from './services.js';
import type { AnyExtension, ExtensionTypes } from './types.js';

/** Handlers of names that the types list are required; those of unknown or no names are not. */
type Demanded<Names, Member extends string, Handlers> = [Names] extends [never]
  ? { readonly [Key in Member]?: Handlers }
  : string extends Names
    ? { readonly [Key in Member]?: Handlers }
    : { readonly [Key in Member]: Handlers };

/** An extension as a plain object: enough for most. */
export type ExtensionDefinition<T extends ExtensionTypes> = Hooks<T> &
  Demanded<keyof T['plugins'], 'plugins', PluginHandlers<T>> &
  Demanded<T['subscribes'], 'events', EventHandlers<T>> &
  Demanded<keyof T['tasks'], 'tasks', TaskHandlers<T>> &
  Demanded<keyof T['routes'], 'routes', RouteHandlers<T>>;

/**
 * The `start` that the bundle exports. Handlers that the manifest declares and this lacks keep the extension from starting.
 *
 * @example export const start = extension<HelloTypes>({ plugins: { 'greeting.say': ({ name }) => ({ text: `Hello, ${name}!` }) } });
 */
export function extension<T extends ExtensionTypes = AnyExtension>(definition: ExtensionDefinition<T>): Start {
  return (host) => Promise.resolve(loaded<T>(host, () => partsOf(definition)));
}

/** The same for a class: see `BaseExtension`. */
export function defineExtension<T extends ExtensionTypes>(Extension: new (services: Services<T>) => BaseExtension<T>): Start {
  return (host) =>
    Promise.resolve(
      loaded<T>(host, (services) => {
        const instance = new Extension(services);
        const { provides: plugins, receives: events, performs: tasks, serves: routes } = instance;
        return { hooks: instance, plugins, events, tasks, routes };
      }),
    );
}

/** Types one handler that lives in a file of its own: `export const now = definePlugin<CoreTypes, 'time.now'>(() => ...)`. */
export function definePlugin<T extends ExtensionTypes, Intent extends keyof T['plugins']>(
  handler: PluginHandler<T, Intent>,
): PluginHandler<T, Intent> {
  return handler;
}

/** The same for a route: `export const list = defineRoute<NotesTypes, 'list'>(({ query }) => ...)`. */
export function defineRoute<T extends ExtensionTypes, Name extends keyof T['routes']>(
  handler: RouteHandler<T, Name>,
): RouteHandler<T, Name> {
  return handler;
}

/** Whether a member is demanded depends on the types, which are not known here. */
function partsOf<T extends ExtensionTypes>(definition: ExtensionDefinition<T>): Parts<T> {
  const { plugins, events, tasks, routes } = definition as {
    readonly plugins?: PluginHandlers<T>;
    readonly events?: EventHandlers<T>;
    readonly tasks?: TaskHandlers<T>;
    readonly routes?: RouteHandlers<T>;
  };
  return { hooks: definition, plugins, events, tasks, routes };
}

interface Parts<T extends ExtensionTypes> {
  readonly hooks: Hooks<T>;
  readonly plugins: PluginHandlers<T> | undefined;
  readonly events: EventHandlers<T> | undefined;
  readonly tasks: TaskHandlers<T> | undefined;
  readonly routes: RouteHandlers<T> | undefined;
}

/** The names as the runner knows them; a copy, because a bundle carries no run-time part of the protocol. */
const HOOKS = [
  'onInstall',
  'onActivate',
  'onDeactivate',
  'onUpgrade',
  'onConfigChanged',
  'onUninstall',
  'onHealthCheck',
] as const satisfies readonly HookName[];

type Handler<T extends ExtensionTypes> = (input: unknown, context: HandlerContext<T>, invocation: string) => unknown;

/** The input of a task as the host sends it. */
interface TaskCall extends Omit<TaskRun, 'id'> {
  readonly run: string;
  readonly input: unknown;
}

function loaded<T extends ExtensionTypes>(host: RunnerHost, make: (services: Services<T>) => Parts<T>) {
  let config = frozen(host.config) as Readonly<T['config']>;
  const parts = make(bindServices<T>(host, {}, () => config));
  const handlers = new Map<HandlerName, Handler<T>>();
  for (const [intent, handler] of Object.entries(parts.plugins ?? {})) handlers.set(`plugin:${intent}`, handler as Handler<T>);
  for (const [type, handler] of Object.entries(parts.events ?? {})) {
    handlers.set(`event:${type}`, (event, context) => (handler as EventHandlers<T>[T['subscribes']])(event as EventDelivery, context));
  }
  for (const [name, handler] of Object.entries(parts.tasks ?? {})) handlers.set(`task:${name}`, taskHandler(host, handler as AnyTask<T>));
  for (const [name, handler] of Object.entries(parts.routes ?? {})) {
    const handle = handler as RouteHandler<T, keyof T['routes']>;
    handlers.set(`route:${name}`, (call, context) => routeAnswer(call as RouteCall, (request) => handle(request, context), host.streams));
  }
  for (const hook of HOOKS) {
    if (typeof parts.hooks[hook] === 'function') handlers.set(`hook:${hook}`, hookHandler(parts.hooks, hook));
  }
  // Always there: the snapshot must follow the operator's change whether or not the author wants to know.
  const changed = handlers.get('hook:onConfigChanged');
  handlers.set('hook:onConfigChanged', async (input, context, invocation) => {
    const previous = config;
    config = frozen(input) as Readonly<T['config']>;
    await changed?.(previous, context, invocation);
  });

  return {
    handlers: [...handlers.keys()],
    invoke: async (name: HandlerName, input: unknown, invocation: InvocationContext, signal: AbortSignal): Promise<unknown> => {
      const handler = handlers.get(name);
      if (handler === undefined) throw new KariError('INVALID', `This extension has no handler ${name}.`);
      const services = bindServices<T>(host, { invocation: invocation.invocation, signal }, () => config);
      const { tenant, actor, correlationId, traceparent, idempotencyKey, deadlineMs } = invocation;
      const context = Object.defineProperties(
        {
          tenant,
          actor,
          correlationId,
          ...(traceparent === undefined ? {} : { traceparent }),
          idempotencyKey,
          deadlineMs,
          signal,
          extension: host.extension,
        },
        Object.getOwnPropertyDescriptors(services),
      ) as HandlerContext<T>;
      const answer = await handler(input, context, invocation.invocation);
      return answer === undefined ? null : answer;
    },
  };
}

type AnyTask<T extends ExtensionTypes> = TaskHandler<T, keyof T['tasks']>;

function taskHandler<T extends ExtensionTypes>(host: RunnerHost, handler: AnyTask<T>): Handler<T> {
  return (call, context, invocation) => {
    const { run: id, attempt, cause, plannedAt, startedAt, input } = call as TaskCall;
    const more = { run: { id, attempt, cause, plannedAt, startedAt }, progress: progressOf(host, invocation) };
    const all = Object.defineProperties(more, Object.getOwnPropertyDescriptors(context)) as TaskContext<T>;
    return handler(input, all);
  };
}

function hookHandler<T extends ExtensionTypes>(hooks: Hooks<T>, hook: HookName): Handler<T> {
  switch (hook) {
    case 'onUpgrade':
      return (input, context) => hooks.onUpgrade?.(String((input as { from?: unknown } | null)?.from), context);
    case 'onConfigChanged':
      return (previous, context) => hooks.onConfigChanged?.(previous as Readonly<T['config']>, context);
    default:
      return (_input, context) => hooks[hook]?.(context);
  }
}

/** A configuration belongs to the operator: code that writes into it has a bug, and shall see it at once. */
function frozen(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const child of Object.values(value)) frozen(child);
  return Object.freeze(value);
}
