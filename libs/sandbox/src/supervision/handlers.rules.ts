// The handlers a bundle must have because its manifest declares them. Hooks are optional: one that is absent does nothing.
import type { Manifest } from '@kari/protocol/manifest';

export function declaredHandlers(manifest: Manifest): readonly string[] {
  const plugins = Object.keys(manifest.plugins ?? {}).map((intent) => `plugin:${intent}`);
  const events = (manifest.events?.subscribes ?? []).map(({ type }) => `event:${type}`);
  return [...new Set([...plugins, ...events])];
}
