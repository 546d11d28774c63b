// Which plugin a name means in a tenant: exactly one, or a refusal that lists what there is.
import { rejected } from '@kari/kernel';
import { satisfies } from 'semver';
import { shown, type ProvidedPlugin } from './plugin-catalogue.rules.js';
import type { PluginReference } from './plugin-reference.rules.js';

/** Whether the caller may call it, and who is asking. */
export interface Permission {
  readonly extension: string;
  permits(plugin: ProvidedPlugin): boolean;
}

/** Throws `Rejection`: PLUGIN_NOT_FOUND, _CONTRACT_MISMATCH, _NOT_ENABLED, _NOT_PERMITTED, _AMBIGUOUS. */
export function resolve(reference: PluginReference, provided: readonly ProvidedPlugin[], permission: Permission | null): ProvidedPlugin {
  const { text: plugin, intent, range } = reference;
  const named = provided.filter((one) => one.intent === intent && (reference.extension === null || one.extension === reference.extension));
  if (named.length === 0) throw rejected('PLUGIN_NOT_FOUND', { plugin, intent, similar: similar(intent, provided) });

  const inRange = named.filter(({ contract }) => range === null || satisfies(contract.version, range));
  if (inRange.length === 0) throw rejected('PLUGIN_CONTRACT_MISMATCH', { plugin, range, candidates: named.map(shown) });

  const enabled = inRange.filter((one) => one.enabled);
  if (enabled.length === 0) throw rejected('PLUGIN_NOT_ENABLED', { plugin, candidates: inRange.map(({ extension }) => extension) });

  const permitted = permission === null ? enabled : enabled.filter((one) => permission.permits(one));
  if (permitted.length === 0) {
    throw rejected('PLUGIN_NOT_PERMITTED', { plugin, extension: permission?.extension, candidates: enabled.map(shown) });
  }
  const [only, ...others] = permitted;
  if (only === undefined || others.length > 0) throw rejected('PLUGIN_AMBIGUOUS', { plugin, intent, candidates: permitted.map(shown) });
  return only;
}

const MOST_SIMILAR = 5;

/** Intents that share a word with the one asked for. */
function similar(intent: string, provided: readonly ProvidedPlugin[]): readonly string[] | string {
  const words = new Set(intent.split(/[._]/));
  const found = [...new Set(provided.map((one) => one.intent))].filter((one) => one.split(/[._]/).some((word) => words.has(word)));
  return found.length === 0 ? 'none' : found.slice(0, MOST_SIMILAR);
}
