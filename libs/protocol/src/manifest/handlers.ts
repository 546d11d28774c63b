// Which handlers a manifest promises: the bundle must have each of them, or it does not start.
import type { HandlerName } from '../broker/seam.js';
import type { Manifest } from './manifest.js';

type Promising = Pick<Manifest, 'plugins' | 'events' | 'http' | 'tasks'>;

/** Plugins, subscriptions, routes and tasks, each once, sorted. Hooks are not promised: a bundle that lacks one has nothing to do then. */
export function declaredHandlers(manifest: Promising): readonly HandlerName[] {
  return [...new Set(declarations(manifest).map(({ handler }) => handler))].sort();
}

/** Routes that the code serves and no manifest describes: nobody could call them, so the code or the manifest is wrong. */
export function undeclaredRoutes(manifest: Promising, handlers: readonly string[]): readonly string[] {
  return handlers.filter((handler) => handler.startsWith('route:') && !declaredHandlers(manifest).some((known) => known === handler));
}

/** The handlers with the place of each in the manifest, as a JSON Pointer. */
export function declarations(manifest: Promising): readonly { readonly handler: HandlerName; readonly pointer: string }[] {
  const named = <Kind extends 'plugin' | 'route' | 'task'>(kind: Kind, section: string, entries: object = {}) =>
    Object.keys(entries).map((name) => ({ handler: `${kind}:${name}` as const, pointer: `${section}/${name}` }));
  return [
    ...named('plugin', '/plugins', manifest.plugins),
    ...(manifest.events?.subscribes ?? []).map(({ type }, index) => ({
      handler: `event:${type}` as const,
      pointer: `/events/subscribes/${index}`,
    })),
    ...named('route', '/http/routes', manifest.http?.routes),
    ...named('task', '/tasks', manifest.tasks),
  ];
}
