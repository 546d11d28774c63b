// The commands of configuration, bound to what is installed.
import type { Installations } from '@kari/extension/contract';
import type { AnyCommandDefinition } from '@kari/platform/registry';
import type { Tenants } from '@kari/tenancy/contract';
import { clearConfiguration, revertConfiguration, setConfiguration } from './configuration.commands.js';
import { configurationDecider } from './configuration.decider.js';
import { configurationJudge } from './configuration-judge.js';
import { configurationStream, type FoldedConfigurations } from './configurations.js';

export function configurationCommands(
  installations: Installations,
  tenants: Tenants,
  configurations: FoldedConfigurations,
): readonly AnyCommandDefinition[] {
  const decider = configurationDecider(configurationJudge(installations, tenants, (extension) => configurations.globalValues(extension)));
  const common = {
    right: 'config.manage',
    scope: 'tenant' as const,
    stream: (data: { extension: string }, tenant: string) => configurationStream(tenant, data.extension),
    subject: (data: { extension: string }) => `config:${data.extension}`,
    decider,
  };
  return [
    { ...common, type: 'SetConfiguration', schema: setConfiguration },
    { ...common, type: 'RevertConfiguration', schema: revertConfiguration },
    { ...common, type: 'ClearConfiguration', schema: clearConfiguration },
  ];
}
