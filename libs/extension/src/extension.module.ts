// Extensions: packages, installations, grants, rollouts. Gives everybody the enforced snapshot, the composition root the manager.
import { Global, Inject, Module } from '@nestjs/common';
import { CONFIG, type Config } from '@kari/platform/config';
import {
  COMMANDS,
  EVENTS,
  PROCESS_MANAGERS,
  PROJECTIONS,
  REACTORS,
  type AnyCommandDefinition,
  type AnyEventDefinition,
  type AnyProcessManager,
  type AnyProjection,
  type Reactor,
  type Registry,
} from '@kari/platform/registry';
import { EXTENSION_MANAGER, EXTENSION_RUNTIME, INSTALLATIONS } from './contract.js';
import { Discovery } from './discovery/discovery.js';
import { commandDefinitions, eventDefinitions } from './extension.definitions.js';
import { HealthQueries } from './health/health.queries.js';
import { HealthResolver } from './health/health.resolver.js';
import { InstallSteps } from './installation/install-steps.js';
import { InstallationWorkReactor } from './installation/installation-work.reactor.js';
import { installationProcessManager } from './installation/installation.process-manager.js';
import { ExtensionResolver } from './lifecycle/extension.resolver.js';
import { ExtensionManager } from './manager/extension-manager.js';
import { ExtensionManagerReactor } from './manager/extension-manager.reactor.js';
import { ExtensionPlatform } from './manager/extension-runtime.js';
import { PlanManager } from './planning/execution/plan-manager.js';
import { planProgressProjection } from './planning/execution/plan-progress.projection.js';
import { PlanProgressQueries } from './planning/execution/plan-progress.queries.js';
import { PlanWorkReactor } from './planning/execution/plan-work.reactor.js';
import { planProcessManager } from './planning/execution/plan.process-manager.js';
import { InstallationPlanQueries } from './planning/installation-plan.queries.js';
import { PlanQueries } from './planning/plan.queries.js';
import { PlanResolver } from './planning/plan.resolver.js';
import { PlanTableQueries } from './planning/plan-tables.queries.js';
import { brokenPackageProjection } from './registry/broken-package.projection.js';
import { ExtensionChanges } from './registry/extension-changes.js';
import { historyProjection } from './registry/history.projection.js';
import { installProgressProjection } from './registry/install-progress.projection.js';
import { packageProjection } from './registry/package.projection.js';
import { PackageQueries } from './registry/package.queries.js';
import { PackageResolver } from './registry/package.resolver.js';
import { registryProjection } from './registry/registry.projection.js';
import { RegistryQueries } from './registry/registry.queries.js';
import { RegistryResolver } from './registry/registry.resolver.js';
import { rolloutProcessManager } from './rollout/rollout.process-manager.js';
import { wishOutcomeProjection, wishProjection } from './rollout/wish.projection.js';
import { WishQueries } from './rollout/wish.queries.js';
import { WishResolver } from './rollout/wish.resolver.js';
import { WithdrawalReactor } from './rollout/withdrawal.reactor.js';
import { EXTENSION_SETTINGS, settingsOf } from './settings.js';
import { PackageVerification } from './package/package-verification.js';
import { GroupReactor } from './together/group.reactor.js';
import { HeldUpgradeReactor } from './upgrade/held-upgrade.reactor.js';
import { TrialReactor } from './upgrade/trial.reactor.js';
import { UpgradeSteps } from './upgrade/upgrade-steps.js';
import { UpgradeWork } from './upgrade/upgrade-work.js';
import { upgradeProcessManager } from './upgrade/upgrade.process-manager.js';
import { UpgradeResolver } from './upgrade/upgrade.resolver.js';
import { InstallationSnapshot } from './snapshot/installation-snapshot.js';

@Global()
@Module({
  providers: [
    Discovery,
    ExtensionChanges,
    ExtensionManager,
    ExtensionManagerReactor,
    ExtensionPlatform,
    ExtensionResolver,
    GroupReactor,
    HealthQueries,
    HealthResolver,
    InstallationPlanQueries,
    InstallationSnapshot,
    InstallationWorkReactor,
    InstallSteps,
    HeldUpgradeReactor,
    PackageQueries,
    PackageVerification,
    TrialReactor,
    UpgradeResolver,
    UpgradeSteps,
    UpgradeWork,
    PackageResolver,
    PlanManager,
    PlanProgressQueries,
    PlanQueries,
    PlanResolver,
    PlanTableQueries,
    PlanWorkReactor,
    RegistryQueries,
    RegistryResolver,
    WishQueries,
    WishResolver,
    WithdrawalReactor,
    { provide: EXTENSION_SETTINGS, inject: [CONFIG], useFactory: (config: Config) => settingsOf(config) },
    { provide: EXTENSION_MANAGER, useExisting: ExtensionManager },
    { provide: EXTENSION_RUNTIME, useExisting: ExtensionPlatform },
    { provide: INSTALLATIONS, useExisting: InstallationSnapshot },
  ],
  exports: [EXTENSION_MANAGER, EXTENSION_RUNTIME, INSTALLATIONS],
})
export class ExtensionModule {
  constructor(
    work: InstallationWorkReactor,
    manager: ExtensionManagerReactor,
    withdrawal: WithdrawalReactor,
    plans: PlanWorkReactor,
    trials: TrialReactor,
    held: HeldUpgradeReactor,
    groups: GroupReactor,
    @Inject(COMMANDS) commands: Registry<AnyCommandDefinition>,
    @Inject(EVENTS) events: Registry<AnyEventDefinition>,
    @Inject(PROJECTIONS) projections: Registry<AnyProjection>,
    @Inject(PROCESS_MANAGERS) processManagers: Registry<AnyProcessManager>,
    @Inject(REACTORS) reactors: Registry<Reactor>,
  ) {
    commands.add(...commandDefinitions);
    events.add(...eventDefinitions);
    projections.add(packageProjection, brokenPackageProjection, registryProjection, installProgressProjection, historyProjection);
    projections.add(wishProjection, wishOutcomeProjection, planProgressProjection);
    processManagers.add(installationProcessManager, upgradeProcessManager, rolloutProcessManager, planProcessManager);
    reactors.add(work, manager, withdrawal, plans, trials, held, groups);
  }
}
