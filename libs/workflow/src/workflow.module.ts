// Plugins, and the runs of workflows that compose them.
import { Global, Inject, Module } from '@nestjs/common';
import { TIMERS, type Timers } from '@kari/kernel';
import { INSTALLATIONS, type Installations } from '@kari/extension/contract';
import {
  COMMANDS,
  EVENTS,
  PROJECTIONS,
  type AnyCommandDefinition,
  type AnyEventDefinition,
  type AnyProjection,
  type Registry,
} from '@kari/platform/registry';
import { CAPABILITIES, type Capability } from '@kari/sandbox/contract';
import { PLUGINS, WORKFLOW_LIFECYCLE } from './contract.js';
import { EVALUATOR } from './expression/evaluator.js';
import { JqEvaluator } from './expression/jq-evaluator.js';
import { PluginResolver } from './plugins/plugin.resolver.js';
import { pluginsCapability } from './plugins/plugins.capability.js';
import { SandboxedPlugins } from './plugins/sandboxed-plugins.js';
import { PluginEffects } from './run/plugin-effects.js';
import { RUN_DEFINITIONS, type RunDefinitions } from './run/run-definitions.js';
import { RunStarts } from './run/run-starts.js';
import { runCommands } from './run/run.definitions.js';
import { runEvents } from './run/run.events.js';
import { runProjection } from './run/run.projection.js';
import { RunQueries } from './run/run.queries.js';
import { RunResolver } from './run/run.resolver.js';
import { RunWorker } from './run/run-worker.js';
import { approvalProjection } from './tasks/approval.projection.js';
import { taskProjection } from './tasks/task.projection.js';
import { timerProjection } from './timers/timer.projection.js';

/** Until workflows can be saved there is none to be found. */
const noDefinitions: RunDefinitions = { find: () => Promise.resolve(null), named: () => Promise.resolve(null) };

@Global()
@Module({
  providers: [
    RunWorker,
    PluginEffects,
    PluginResolver,
    RunQueries,
    RunResolver,
    RunStarts,
    SandboxedPlugins,
    { provide: EVALUATOR, useFactory: (timers: Timers) => new JqEvaluator(timers), inject: [TIMERS] },
    { provide: PLUGINS, useExisting: SandboxedPlugins },
    { provide: RUN_DEFINITIONS, useValue: noDefinitions },
    { provide: WORKFLOW_LIFECYCLE, useExisting: RunWorker },
  ],
  exports: [PLUGINS, WORKFLOW_LIFECYCLE],
})
export class WorkflowModule {
  constructor(
    plugins: SandboxedPlugins,
    @Inject(INSTALLATIONS) installations: Installations,
    @Inject(COMMANDS) commands: Registry<AnyCommandDefinition>,
    @Inject(EVENTS) events: Registry<AnyEventDefinition>,
    @Inject(PROJECTIONS) projections: Registry<AnyProjection>,
    @Inject(CAPABILITIES) capabilities: Registry<Capability>,
  ) {
    commands.add(...runCommands);
    events.add(...runEvents);
    projections.add(runProjection, taskProjection, approvalProjection, timerProjection);
    capabilities.add(pluginsCapability(plugins, installations));
  }
}
