// What an extension's granted plugin permissions let it call: `plugins: [{ plugin: '[<extension>/]<intent>[@<range>]' }]`.
import { satisfies } from 'semver';
import type { ProvidedPlugin } from './plugin-catalogue.rules.js';
import { parseReference, type PluginReference } from './plugin-reference.rules.js';

export type Scopes = readonly Readonly<Record<string, unknown>>[];

/** Whether some grant could cover the call; which extension answers, and so whether it does, is known only once it is resolved. */
export function mayAskFor(scopes: Scopes, reference: PluginReference): boolean {
  return granted(scopes).some(
    (grant) =>
      grant.intent === reference.intent &&
      (grant.extension === null || reference.extension === null || grant.extension === reference.extension),
  );
}

export function covers(scopes: Scopes, plugin: ProvidedPlugin): boolean {
  return granted(scopes).some(
    (grant) =>
      grant.intent === plugin.intent &&
      (grant.extension === null || grant.extension === plugin.extension) &&
      (grant.range === null || satisfies(plugin.contract.version, grant.range)),
  );
}

/** A grant that cannot be read permits nothing. */
function granted(scopes: Scopes): readonly PluginReference[] {
  return scopes.flatMap(({ plugin }) => {
    try {
      return typeof plugin === 'string' ? [parseReference(plugin)] : [];
    } catch {
      return [];
    }
  });
}
