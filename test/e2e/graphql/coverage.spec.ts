// P.5: everything the platform can do, knows and tells is in the API. A new command, view or event type without its operation fails here,
// unless it is named below with the reason.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from '@jest/globals';
import { unauditedRoutes } from '@kari/platform/http';
import { composition, type Composition } from '../../support/composition.js';

/** Commands that nobody may send from outside, by who sends them. */
const INTERNAL: Readonly<Record<string, readonly string[]>> = {
  'an extension, through its broker call events.publish': ['PublishExtensionEvent'],
  'a task that emits': ['EmitEvent'],
  'the delivery of events': ['ParkEvent'],
  'the usage meter': ['MeasureExtensionUsage'],
  'the scheduler, for what time brought and what it learned': ['AdvanceSchedule', 'RecordFireStart', 'RecordFireRefusal', 'RecordFireEnd'],
  'what carries a schedule of its own': ['AttachSchedule', 'DetachSchedule'],
  'the installed version of an extension, for what it declares': ['DeclareTask', 'WithdrawTask'],
  'the work on task runs': ['BeginTaskRun', 'CompleteTaskRun', 'FailTaskRun', 'InterruptTaskRun', 'SkipTaskRun', 'ForgetTaskRun'],
  'a run that ends before its children': ['CancelChildRun'],
  'the work on a bulk wish': ['ReportBulk'],
  'extensions that come and go under a workflow': ['BlockWorkflow', 'UnblockWorkflow'],
  'the delivery of notifications': ['ParkApprovalNotification'],
  'the place that another run has left': ['AdmitRun'],
  'the deletion of a tenant': ['CompleteTenantDeletion', 'DissolveMembership'],
  'the sandbox supervisor': [
    'StartSandbox',
    'ReportSandboxReady',
    'ReportSandboxCrash',
    'ReportSandboxStopped',
    'QuarantineSandbox',
    'BlockSandbox',
  ],
  'the removal of an extension': ['ForgetRightRoles'],
  'the process of a plan': ['CompletePlanStep', 'FailPlanStep', 'LosePlanStep'],
  'upgrades that take over as one, and `rollBackExtension` of one of them': [
    'FormGroup',
    'AbandonGroup',
    'SwitchGroup',
    'RollBackGroup',
    'SettleGroup',
    'TakeOverWithGroup',
    'LeaveGroup',
    'GoBackWithGroup',
  ],
  'a wish for all tenants': ['FulfilWish', 'RenewWish', 'WithdrawWish', 'RemoveWithdrawn'],
  'the process of an install': [
    'StartInstallStep',
    'CompleteInstallStep',
    'FailInstallStep',
    'FinishInstall',
    'StartInstallUndo',
    'CompleteInstallUndo',
    'CloseInstall',
    'CompleteRemoval',
    'ReportActivation',
    'ReportDeactivation',
  ],
  'the process of an upgrade, and its trial period': [
    'StartUpgradeStep',
    'CompleteUpgradeStep',
    'SwitchUpgrade',
    'HoldUpgrade',
    'ResumeUpgrade',
    'FailUpgradeStep',
    'StartUpgradeUndo',
    'CompleteUpgradeUndo',
    'CloseUpgrade',
    'RollBackUpgrade',
    'EndUpgradeTrial',
  ],
  'discovery, on `rescan` and at every start': ['RegisterPackageVersion', 'RejectPackage', 'ClearPackageRejection'],
};

/** The query that answers each view. */
const QUERY_OF: Readonly<Record<string, string>> = {
  'audit.entry': 'auditEntries',
  'automation.automation': 'automations',
  'automation.cloud_events': 'cloudEvents',
  'automation.events': 'events',
  'automation.parked': 'parkedEvents',
  'data.secrets': 'secrets',
  'extension.broken_package': 'brokenPackages',
  'extension.history': 'extensionHistory',
  'extension.install_progress': 'installProgress',
  'extension.package': 'packages',
  'extension.plan_progress': 'planProgress',
  'extension.registry': 'extensions',
  'extension.wish': 'extensionWishes',
  'extension.wish_outcome': 'extensionWishOutcomes',
  'metrics.usage': 'usage',
  'sandbox.status': 'sandboxes',
  'schedule.fire': 'scheduleFires',
  'schedule.schedule': 'schedules',
  'schedule.task': 'tasks',
  'schedule.task_run': 'taskRuns',
  'tenancy.member': 'members',
  'tenancy.service_account': 'serviceAccounts',
  'tenancy.tenant': 'tenants',
  'tenancy.token': 'tokens',
  'workflow.definition': 'workflows',
  'workflow.version': 'workflowVersions',
  'workflow.approval': 'workflowApprovals',
  'workflow.bulk': 'bulkRuns',
  'workflow.retention': 'runRetention',
  'workflow.run': 'workflowRuns',
  'workflow.task': 'workflowTasks',
  'workflow.timer': 'workflowTimers',
};

/** The subscription that tells each event type live. Entries of the audit trail name the events of every command, whatever its context. */
const SUBSCRIPTION_OF: readonly (readonly [RegExp, string])[] = [
  [/^ExtensionEventPublished$/, 'extensionEventPublished'],
  [/^Automation/, 'automationChanged'],
  [/^CloudEventPublished$/, 'cloudEventPublished'],
  [/^ExtensionUsageMeasured$/, 'usageMeasured'],
  [/^ExtensionInstall/, 'installProgress'],
  [/^ExtensionGroup/, 'auditEntryRecorded'],
  [/^ExtensionPlan/, 'planProgress'],
  [/^Extension/, 'extensionChanged'],
  [/^Sandbox/, 'sandboxStatus'],
  [/^Schedule/, 'scheduleChanged'],
  [/^TaskRun/, 'taskRunChanged'],
  [/^Task(Declared|Held|Released|Paused|Resumed|Withdrawn)$/, 'taskChanged'],
  [/^Tenant/, 'tenantChanged'],
  [/^WorkflowHost/, 'auditEntryRecorded'],
  [/^Workflow/, 'workflowChanged'],
  [/^BulkRuns/, 'bulkRunsChanged'],
  [/^Approval(Webhook|Notification)/, 'auditEntryRecorded'],
  [/^(Run|Task|Timer|Approval|ChildRun|Compensation|Event(Awaited|Received|Unawaited)|EventsWeighed)/, 'workflowRunChanged'],
  [/^Configuration/, 'configurationChanged'],
  [
    /^(AuditEntryRecorded|EventDelivery|Member|MinimumLevel|Package|PrivateHost|RetentionOf|RightRoles|Secret|ServiceAccount|Token)/,
    'auditEntryRecorded',
  ],
];

let found: Composition;
beforeAll(async () => {
  found = await composition();
}, 60_000);

const fields = (kind: string): readonly string[] =>
  found.operations.filter((operation) => operation.kind === kind).map(({ field }) => field);

it('has a mutation for every command that is not internal', () => {
  const internal = Object.values(INTERNAL).flat();
  const mutations = fields('mutation');
  const without = found.commands
    .map(({ type }) => type)
    .filter((type) => !mutations.includes(`${type.charAt(0).toLowerCase()}${type.slice(1)}`));
  expect(without.sort()).toEqual([...internal].sort());
});

it('has a query for every view', () => {
  expect(found.projections.map(({ name }) => name).sort()).toEqual(Object.keys(QUERY_OF).sort());
  expect(Object.values(QUERY_OF).filter((query) => !fields('query').includes(query))).toEqual([]);
});

it('has a subscription for every event type', () => {
  const subscriptions = fields('subscription');
  const untold = found.events
    .map(({ type }) => type)
    .filter((type) => !subscriptions.includes(SUBSCRIPTION_OF.find(([pattern]) => pattern.test(type))?.[1] ?? ''));
  expect(untold).toEqual([]);
});

it('Z-01: has a reviewed row for every operation, and no row without one', async () => {
  const rows = JSON.parse(await readFile(join(import.meta.dirname, '../../golden/authorization.json'), 'utf8')) as Record<string, unknown>;
  expect(found.operations.map(({ name }) => name).sort()).toEqual(Object.keys(rows).sort());
});

it('Z-01: has a reviewed row for every route, and no row without one', async () => {
  const routes = JSON.parse(await readFile(join(import.meta.dirname, '../../golden/routes.json'), 'utf8')) as Record<string, unknown>;
  expect([...found.routes].sort()).toEqual(Object.keys(routes).sort());
});

it('Z-01: knows everybody who answers addresses of its own, each tried role by role in a suite of its own', () => {
  expect(found.mounts).toEqual(['/ext']);
});

it('Z-01: has no field below the root that could answer more than its root was allowed', () => {
  expect(found.computedFields).toEqual([]);
});

it('U-01: names every route that leaves no entry', () => {
  const named = unauditedRoutes.map((route) => route.replace('/*', '/:name'));
  expect([...found.routes].sort()).toEqual([...named].sort());
});
