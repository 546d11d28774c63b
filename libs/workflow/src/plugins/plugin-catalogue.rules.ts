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
    .flatMap(({ extension, status, version }) =>
      Object.entries(version.manifest.plugins ?? {}).map(([intent, contract]) => ({
        intent,
        extension,
        extensionVersion: version.version,
        enabled: status === 'enabled',
        contract,
      })),
    )
    .sort((left, right) => compare(left.intent, right.intent) || compare(left.extension, right.extension));
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
