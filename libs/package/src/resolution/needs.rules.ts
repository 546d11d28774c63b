// What a manifest needs of others, and whether another provides it: read in one place, for whoever judges.
import type { Manifest, ManifestDependencies } from '@kari/protocol/manifest';
import { covers } from './version-range.rules.js';

export interface Need {
  /** Extension id, or `<intent>` or `<extension>/<intent>` of a plugin. */
  readonly id: string;
  readonly range: string;
  readonly optional: boolean;
}

export type Provider = Pick<Manifest, 'id' | 'plugins'>;

export function needsOf(declared: ManifestDependencies['extensions']): readonly Need[] {
  return Object.entries(declared ?? {}).map(([id, wanted]) =>
    typeof wanted === 'string' ? { id, range: wanted, optional: false } : { id, range: wanted.range, optional: wanted.optional === true },
  );
}

/** `<intent>` is provided by anyone, `<extension>/<intent>` by that one alone. */
export function isProvider(provider: Provider, plugin: string, range: string): boolean {
  const version = contractOf(provider, plugin);
  return version !== null && covers(range, version);
}

/** Version of the contract under which it provides the plugin, null when it does not. */
export function contractOf({ id, plugins = {} }: Provider, plugin: string): string | null {
  const slash = plugin.indexOf('/');
  if (slash >= 0 && plugin.slice(0, slash) !== id) return null;
  const intent = plugin.slice(slash + 1);
  return Object.hasOwn(plugins, intent) ? plugins[intent]!.version : null;
}
