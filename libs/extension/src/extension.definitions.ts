// What the command bus must know of this context's commands: right, scope and stream of each. The commands of the platform's own process are
// among them, because there is one road only; no operation of the API leads to those.
import { streamId, type StreamId } from '@kari/kernel';
import type { AnyCommandDefinition, AnyEventDefinition } from '@kari/platform/registry';
import type { Right } from '@kari/protocol';
import { folderCommandSchemas } from './discovery/folder.commands.js';
import { folderDecider } from './discovery/folder.decider.js';
import { FOLDER_CATEGORY, folderEventDefinitions } from './discovery/folder.events.js';
import { extensionCommandSchemas, type ExtensionCommandType } from './lifecycle/extension.commands.js';
import { extensionDecider } from './lifecycle/extension.decider.js';
import { extensionEventDefinitions, INSTALLATION_CATEGORY } from './lifecycle/extension.events.js';
import { planCommandSchemas, type PlanCommandType } from './planning/execution/plan.commands.js';
import { planDecider } from './planning/execution/plan.decider.js';
import { PLAN_CATEGORY, PLAN_ID, planEventDefinitions } from './planning/execution/plan.events.js';
import { registerPackageVersionSchema } from './package/package.commands.js';
import { packageDecider } from './package/package.decider.js';
import { PACKAGE_CATEGORY, packageEventDefinitions } from './package/package.events.js';
import { groupCommandSchemas, type GroupCommandType } from './together/group.commands.js';
import { groupDecider } from './together/group.decider.js';
import { GROUP_CATEGORY, GROUP_ID, groupEventDefinitions } from './together/group.events.js';
import { wishCommandSchemas } from './rollout/wish.commands.js';
import { wishDecider } from './rollout/wish.decider.js';
import { WISH_CATEGORY, wishEventDefinitions } from './rollout/wish.events.js';

type Permit = Pick<AnyCommandDefinition, 'whileSuspended'> & { readonly right: Right };

const install: Permit = { right: 'extension.install' };
/** An undo or a stop must get through while the tenant is suspended, when the platform itself asks. */
const process: Permit = { right: 'extension.install', whileSuspended: 'system' };
const withdraw: Permit = { right: 'extension.install_for_all', whileSuspended: 'system' };

const permits: Readonly<Record<ExtensionCommandType, Permit>> = {
  InstallExtension: install,
  EnableExtension: install,
  DisableExtension: install,
  RemoveExtension: install,
  CancelInstall: install,
  UpgradeExtension: install,
  ConsentToUpgrade: install,
  CancelUpgrade: install,
  RollBackExtension: install,
  GiveGrant: { right: 'grant.manage' },
  RevokeGrant: { right: 'grant.manage' },
  FulfilWish: { right: 'extension.install_for_all' },
  RenewWish: { right: 'extension.install_for_all' },
  WithdrawWish: withdraw,
  RemoveWithdrawn: withdraw,
  StartInstallStep: process,
  CompleteInstallStep: process,
  FailInstallStep: process,
  FinishInstall: process,
  StartInstallUndo: process,
  CompleteInstallUndo: process,
  CloseInstall: process,
  StartUpgradeStep: process,
  CompleteUpgradeStep: process,
  SwitchUpgrade: process,
  TakeOverWithGroup: process,
  LeaveGroup: process,
  GoBackWithGroup: process,
  HoldUpgrade: process,
  ResumeUpgrade: process,
  FailUpgradeStep: process,
  StartUpgradeUndo: process,
  CompleteUpgradeUndo: process,
  CloseUpgrade: process,
  RollBackUpgrade: process,
  EndUpgradeTrial: process,
  CompleteRemoval: process,
  ReportActivation: process,
  ReportDeactivation: process,
};

const planPermits: Readonly<Record<PlanCommandType, Permit>> = {
  ExecutePlan: install,
  CancelPlan: install,
  CompletePlanStep: process,
  FailPlanStep: process,
  LosePlanStep: process,
};

const groupPermits: Readonly<Record<GroupCommandType, Permit>> = {
  FormGroup: process,
  AbandonGroup: process,
  SwitchGroup: process,
  RollBackGroup: process,
  SettleGroup: process,
};

const ofGroups = (_: unknown, tenant: string): StreamId => streamId(GROUP_CATEGORY, tenant, GROUP_ID);
const ofPlan = (_: unknown, tenant: string): StreamId => streamId(PLAN_CATEGORY, tenant, PLAN_ID);
const ofExtension = (category: string) => (data: { extension: string }, tenant: string) => streamId(category, tenant, data.extension);
const ofFolder = (data: { folder: string }, tenant: string): StreamId => streamId(FOLDER_CATEGORY, tenant, data.folder);

export const commandDefinitions: readonly AnyCommandDefinition[] = [
  ...Object.entries(extensionCommandSchemas).map(([type, schema]): AnyCommandDefinition => {
    const permit = permits[type as ExtensionCommandType];
    return { type, schema, scope: 'tenant', stream: ofExtension(INSTALLATION_CATEGORY), decider: extensionDecider, ...permit };
  }),
  ...Object.entries(planCommandSchemas).map(([type, schema]): AnyCommandDefinition => {
    return { type, schema, scope: 'tenant', stream: ofPlan, decider: planDecider, ...planPermits[type as PlanCommandType] };
  }),
  ...Object.entries(groupCommandSchemas).map(([type, schema]): AnyCommandDefinition => {
    return { type, schema, scope: 'tenant', stream: ofGroups, decider: groupDecider, ...groupPermits[type as GroupCommandType] };
  }),
  ...Object.entries(wishCommandSchemas).map(([type, schema]): AnyCommandDefinition => {
    return {
      type,
      schema,
      right: 'extension.install_for_all',
      scope: 'platform',
      stream: ofExtension(WISH_CATEGORY),
      decider: wishDecider,
    };
  }),
  {
    type: 'RegisterPackageVersion',
    schema: registerPackageVersionSchema,
    right: 'extension.scan',
    scope: 'platform',
    stream: ofExtension(PACKAGE_CATEGORY),
    decider: packageDecider,
  },
  ...Object.entries(folderCommandSchemas).map(([type, schema]): AnyCommandDefinition => {
    return { type, schema, right: 'extension.scan', scope: 'platform', stream: ofFolder, decider: folderDecider };
  }),
];

export const eventDefinitions: readonly AnyEventDefinition[] = [
  ...extensionEventDefinitions,
  ...packageEventDefinitions,
  ...folderEventDefinitions,
  ...planEventDefinitions,
  ...groupEventDefinitions,
  ...wishEventDefinitions,
];
