// Every plugin that a tenant's installations provide. Pure over their manifests.
import type { Installation } from '@kari/extension/contract';
import type { PluginContract } from '@kari/protocol/manifest';
import type { CataloguePlugin } from '../contract.js';

/** A plugin with the contract that calls are held against. */
export interface ProvidedPlugin {
  readonly intent: string;
  readonly extension: string;
  readonly extensionVersion: string;
  readonly enabled: boolean;
  readonly contract: PluginContract;
}

export function providedBy(installations: readonly Installation[]): readonly ProvidedPlugin[] {
  return installations
    .flatMap(pluginsOf)
    .sort((left, right) => compare(left.intent, right.intent) || compare(left.extension, right.extension));
}

/** What a call by that intent chooses from: its providers, or everything where there is none, so that a refusal can tell what there is. */
export function choiceFor(intent: string, installations: readonly Installation[]): readonly ProvidedPlugin[] {
  const providers = providersOf(intent, installations);
  return providers.length === 0 ? providedBy(installations) : providers;
}

/** Only who has that intent is looked through. */
export function providersOf(intent: string, installations: readonly Installation[]): readonly ProvidedPlugin[] {
  const providers = installations.filter(({ version }) => Object.hasOwn(version.manifest.plugins ?? {}, intent));
  return providedBy(providers).filter((plugin) => plugin.intent === intent);
}

function pluginsOf({ extension, status, version }: Installation): readonly ProvidedPlugin[] {
  return Object.entries(version.manifest.plugins ?? {}).map(([intent, contract]) => ({
    intent,
    extension,
    extensionVersion: version.version,
    enabled: status === 'enabled',
    contract,
  }));
}

export function catalogued({ intent, extension, extensionVersion, enabled, contract }: ProvidedPlugin): CataloguePlugin {
  const { version, description, effect, idempotent, input, output, errors, examples } = contract;
  return {
    intent,
    extension,
    extensionVersion,
    contractVersion: version,
    enabled,
    description,
    effect,
    idempotent,
    input,
    output,
    errors: errors ?? {},
    examples: examples ?? [],
  };
}

/** `kari.core time.now@1.2.0`: how a candidate is shown in a refusal. */
export function shown({ extension, intent, contract }: ProvidedPlugin): string {
  return `${extension}/${intent}@${contract.version}`;
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
