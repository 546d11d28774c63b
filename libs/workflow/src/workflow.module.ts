// Plugins: one interface to all of them, for the API, for extensions and for whatever composes them.
import { Global, Inject, Module } from '@nestjs/common';
import { INSTALLATIONS, type Installations } from '@kari/extension/contract';
import type { Registry } from '@kari/platform/registry';
import { CAPABILITIES, type Capability } from '@kari/sandbox/contract';
import { PLUGINS } from './contract.js';
import { PluginResolver } from './plugins/plugin.resolver.js';
import { pluginsCapability } from './plugins/plugins.capability.js';
import { SandboxedPlugins } from './plugins/sandboxed-plugins.js';

@Global()
@Module({
  providers: [SandboxedPlugins, PluginResolver, { provide: PLUGINS, useExisting: SandboxedPlugins }],
  exports: [PLUGINS],
})
export class WorkflowModule {
  constructor(
    plugins: SandboxedPlugins,
    @Inject(INSTALLATIONS) installations: Installations,
    @Inject(CAPABILITIES) capabilities: Registry<Capability>,
  ) {
    capabilities.add(pluginsCapability(plugins, installations));
  }
}
