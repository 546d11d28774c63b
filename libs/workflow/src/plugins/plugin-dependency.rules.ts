// A call that leaves the contract open means what the manifest of the caller depends on.
import type { ManifestDependencies } from '@kari/protocol/manifest';
import type { PluginReference } from './plugin-reference.rules.js';

/** The reference to resolve: with the range, and where only one extension is named with that extension, of the manifest's dependency. */
export function declaredReference(dependencies: ManifestDependencies['plugins'], reference: PluginReference): string {
  const { extension, intent, range } = reference;
  const found = Object.entries(dependencies ?? {}).flatMap(([name, dependency]) => {
    const slash = name.indexOf('/');
    const of = { extension: slash < 0 ? null : name.slice(0, slash), intent: name.slice(slash + 1) };
    if (of.intent !== intent || (extension !== null && of.extension !== null && of.extension !== extension)) return [];
    return [{ ...of, range: typeof dependency === 'string' ? dependency : dependency.range }];
  });
  const [only] = found;
  if (only === undefined || found.length > 1) return reference.text;
  const provider = extension ?? only.extension;
  return `${provider === null ? '' : `${provider}/`}${intent}@${range ?? only.range}`;
}
