// Plugins: one interface to all of them, for the API, for extensions and for whatever composes them. Workflows: documents that do.
import { Global, Inject, Module } from '@nestjs/common';
import { INSTALLATIONS, type Installations } from '@kari/extension/contract';
import {
  COMMANDS,
  EVENTS,
  PROJECTIONS,
  REACTORS,
  type AnyCommandDefinition,
  type AnyEventDefinition,
  type AnyProjection,
  type Reactor,
  type Registry,
} from '@kari/platform/registry';
import { CAPABILITIES, type Capability } from '@kari/sandbox/contract';
import { PLUGINS, WORKFLOW_RUNS, type WorkflowRuns } from './contract.js';
import { Blocking } from './definition/blocking.js';
import { DefinitionChanges } from './definition/definition-changes.js';
import { workflowCommands } from './definition/definition.definitions.js';
import { workflowEventDefinitions } from './definition/definition.events.js';
import { definitionProjection } from './definition/definition.projection.js';
import { DefinitionQueries } from './definition/definition.queries.js';
import { DefinitionResolver } from './definition/definition.resolver.js';
import { Definitions } from './definition/definitions.js';
import { ExtensionWorkflows } from './definition/extension-workflows.reactor.js';
import { WorkflowValidator } from './definition/validator.js';
import { versionProjection } from './definition/version.projection.js';
import { EVALUATOR } from './expression/evaluator.js';
import { JqEvaluator } from './expression/jq-evaluator.js';
import { PluginResolver } from './plugins/plugin.resolver.js';
import { pluginsCapability } from './plugins/plugins.capability.js';
import { SandboxedPlugins } from './plugins/sandboxed-plugins.js';

/** Nothing runs workflows in this process: none of them is needed by a run. */
const noRuns: WorkflowRuns = { needing: () => Promise.resolve(0) };

@Global()
@Module({
  providers: [
    Blocking,
    DefinitionChanges,
    DefinitionQueries,
    DefinitionResolver,
    Definitions,
    ExtensionWorkflows,
    JqEvaluator,
    PluginResolver,
    SandboxedPlugins,
    WorkflowValidator,
    { provide: EVALUATOR, useExisting: JqEvaluator },
    { provide: PLUGINS, useExisting: SandboxedPlugins },
    { provide: WORKFLOW_RUNS, useValue: noRuns },
  ],
  exports: [PLUGINS],
})
export class WorkflowModule {
  constructor(
    plugins: SandboxedPlugins,
    blocking: Blocking,
    extensionWorkflows: ExtensionWorkflows,
    @Inject(INSTALLATIONS) installations: Installations,
    @Inject(CAPABILITIES) capabilities: Registry<Capability>,
    @Inject(COMMANDS) commands: Registry<AnyCommandDefinition>,
    @Inject(EVENTS) events: Registry<AnyEventDefinition>,
    @Inject(PROJECTIONS) projections: Registry<AnyProjection>,
    @Inject(REACTORS) reactors: Registry<Reactor>,
  ) {
    capabilities.add(pluginsCapability(plugins, installations));
    commands.add(...workflowCommands(blocking.reason));
    events.add(...workflowEventDefinitions);
    projections.add(definitionProjection, versionProjection);
    reactors.add(extensionWorkflows);
  }
}
