// Which handlers a manifest promises: the bundle must have each of them, or it does not start.
import type { HandlerName } from '../broker/seam.js';
import type { Manifest } from './manifest.js';

/** Plugins, subscriptions and tasks, each once, sorted. Hooks are not promised: a bundle that lacks one has nothing to do then. */
export function declaredHandlers(manifest: Pick<Manifest, 'plugins' | 'events' | 'tasks'>): readonly HandlerName[] {
  const plugins = Object.keys(manifest.plugins ?? {}).map((intent) => `plugin:${intent}` as const);
  const events = (manifest.events?.subscribes ?? []).map(({ type }) => `event:${type}` as const);
  const tasks = Object.keys(manifest.tasks ?? {}).map((name) => `task:${name}` as const);
  return [...new Set([...plugins, ...events, ...tasks])].sort();
}
