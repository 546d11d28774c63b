// Every right of the platform, who holds it by default, and what it lets one do. An operation names exactly one of these.

export const tenantRoles = ['viewer', 'user', 'developer', 'operator', 'admin', 'auditor'] as const;
export const platformRoles = ['platform-operator', 'platform-auditor'] as const;
export type TenantRole = (typeof tenantRoles)[number];
export type PlatformRole = (typeof platformRoles)[number];

export interface RightEntry {
  readonly meaning: string;
  /** Tenant roles that carry it in their tenant. */
  readonly tenant: readonly TenantRole[];
  /** Platform roles that carry it, on the platform and in every tenant. */
  readonly platform: readonly PlatformRole[];
}

const everyone = ['viewer', 'user', 'developer', 'operator', 'admin', 'auditor'] as const;
const operators = ['operator', 'admin'] as const;
const both = ['platform-operator', 'platform-auditor'] as const;
const operator = ['platform-operator'] as const;

export const rights = {
  'tenant.create': { meaning: 'create a tenant', tenant: [], platform: operator },
  'tenant.suspend': { meaning: 'suspend and resume a tenant', tenant: [], platform: operator },
  'tenant.delete': { meaning: 'delete a tenant', tenant: [], platform: operator },
  'tenant.limit': { meaning: 'set how often a tenant may ask', tenant: [], platform: operator },
  'tenant.list': { meaning: 'see every tenant', tenant: [], platform: both },
  'tenant.read': { meaning: 'see the own tenant', tenant: everyone, platform: both },
  'member.read': { meaning: 'see members and their roles', tenant: ['operator', 'admin', 'auditor'], platform: both },
  'member.manage': { meaning: 'add and remove members, change their roles', tenant: ['admin'], platform: operator },
  'token.read': { meaning: 'see API tokens (never their values)', tenant: ['admin', 'auditor'], platform: both },
  'token.manage': { meaning: 'issue and revoke API tokens and service accounts', tenant: ['admin'], platform: operator },
  'extension.read': { meaning: 'see packages, installations, health and progress', tenant: everyone, platform: both },
  'extension.scan': { meaning: 'look for new packages on disk', tenant: [], platform: operator },
  'extension.install': { meaning: 'install, enable, disable and remove extensions', tenant: operators, platform: operator },
  'extension.install_for_all': { meaning: 'install or remove an extension for every tenant', tenant: [], platform: operator },
  'route.call': {
    meaning: 'call HTTP routes of extensions; a route may ask for a right of its extension besides',
    tenant: everyone,
    platform: operator,
  },
  'right.manage': { meaning: "say which roles hold an extension's rights", tenant: ['admin'], platform: operator },
  'sandbox.read': {
    meaning: 'see sandboxes, their level, health and resources',
    tenant: ['developer', 'operator', 'admin', 'auditor'],
    platform: both,
  },
  'sandbox.operate': { meaning: 'restart sandboxes and lift quarantine', tenant: operators, platform: operator },
  'sandbox.level': { meaning: 'run the self-test, change the lowest level of a trust class', tenant: [], platform: operator },
  'grant.read': { meaning: 'see grants and why a call was denied', tenant: ['developer', 'operator', 'admin', 'auditor'], platform: both },
  'grant.manage': { meaning: 'give and revoke grants of an extension', tenant: operators, platform: operator },
  'config.read': { meaning: "see an extension's configuration", tenant: ['developer', 'operator', 'admin', 'auditor'], platform: both },
  'config.manage': { meaning: "change an extension's configuration", tenant: operators, platform: operator },
  'table.read': {
    meaning: 'see which tables extensions keep, and how full they are (never their rows)',
    tenant: ['developer', 'operator', 'admin', 'auditor'],
    platform: both,
  },
  'secret.read': { meaning: 'see names of secrets (never their values)', tenant: ['operator', 'admin', 'auditor'], platform: both },
  'secret.manage': { meaning: 'set and delete secrets', tenant: ['admin'], platform: operator },
  'plugin.read': { meaning: 'see plugins and their contracts', tenant: everyone, platform: both },
  'plugin.call': { meaning: 'call plugins', tenant: ['user', 'developer', 'operator', 'admin'], platform: operator },
  'workflow.read': { meaning: 'see workflows, their versions and diagrams', tenant: everyone, platform: both },
  'workflow.manage': {
    meaning: 'save, activate, deactivate and delete workflows',
    tenant: ['developer', 'operator', 'admin'],
    platform: operator,
  },
  'run.start': { meaning: 'start workflows', tenant: ['user', 'developer', 'operator', 'admin'], platform: operator },
  'run.read': {
    meaning: 'see runs of workflows, with what went in and came out',
    tenant: ['developer', 'operator', 'admin', 'auditor'],
    platform: both,
  },
  'run.operate': { meaning: 'cancel, pause, resume, retry, migrate and fork runs', tenant: operators, platform: operator },
  'run.retain': { meaning: 'set how long histories of ended runs are kept', tenant: ['admin'], platform: operator },
  'workflow.block': { meaning: 'tell that a workflow cannot run, or can again; held by the platform itself', tenant: [], platform: [] },
  'run.advance': { meaning: 'tell a run what it waits for; held by the platform itself', tenant: [], platform: [] },
  'approval.read': {
    meaning: 'see what waits for approval',
    tenant: ['user', 'developer', 'operator', 'admin', 'auditor'],
    platform: both,
  },
  'approval.decide': { meaning: 'approve or reject what a workflow asks', tenant: ['user', 'operator', 'admin'], platform: operator },
  'schedule.read': {
    meaning: 'see schedules, their inputs and what became of their planned times',
    tenant: ['developer', 'operator', 'admin', 'auditor'],
    platform: both,
  },
  'schedule.manage': {
    meaning: 'create, change, pause, resume, delete and run schedules',
    tenant: ['developer', 'operator', 'admin'],
    platform: operator,
  },
  'schedule.advance': { meaning: 'deal with planned times; held by the platform itself', tenant: [], platform: [] },
  'task.read': {
    meaning: 'see background tasks and their runs, with what went in and came out',
    tenant: ['developer', 'operator', 'admin', 'auditor'],
    platform: both,
  },
  'task.run': { meaning: 'run background tasks', tenant: ['user', 'developer', 'operator', 'admin'], platform: operator },
  'task.operate': { meaning: 'pause and resume tasks, cancel and retry their runs', tenant: operators, platform: operator },
  'task.advance': { meaning: 'declare tasks and tell what their runs came to; held by the platform itself', tenant: [], platform: [] },
  'event.read': { meaning: 'see events of the tenant', tenant: ['developer', 'operator', 'admin', 'auditor'], platform: both },
  'event.publish': { meaning: 'publish an event; extensions hold it through their grant', tenant: [], platform: [] },
  'event.send': { meaning: 'send an event in from outside', tenant: ['developer', 'operator', 'admin'], platform: operator },
  'event.emit': { meaning: 'publish what a workflow emits; held by the platform itself', tenant: [], platform: [] },
  'event.deliver': { meaning: 'hand events to their subscribers; held by the platform itself', tenant: [], platform: [] },
  'event.operate': { meaning: 'retry or drop a parked event', tenant: operators, platform: operator },
  'automation.read': {
    meaning: 'see automations and what they did',
    tenant: ['developer', 'operator', 'admin', 'auditor'],
    platform: both,
  },
  'automation.manage': {
    meaning: 'save, enable, disable and delete automations',
    tenant: ['developer', 'operator', 'admin'],
    platform: operator,
  },
  'audit.read': { meaning: 'read the audit trail', tenant: ['admin', 'auditor'], platform: both },
  'usage.read': {
    meaning: 'see calls, errors, latency and resources',
    tenant: ['developer', 'operator', 'admin', 'auditor'],
    platform: both,
  },
  'usage.measure': { meaning: 'count what extensions use; held by the platform itself', tenant: [], platform: [] },
  'log.read': { meaning: 'read logs of extensions', tenant: ['developer', 'operator', 'admin'], platform: both },
  'egress.read': { meaning: 'see which private hosts are open to extensions', tenant: [], platform: both },
  'egress.manage': { meaning: 'open a private host to extensions, and close it', tenant: [], platform: operator },
  'host.read': {
    meaning: 'see which hosts workflows may call',
    tenant: ['developer', 'operator', 'admin', 'auditor'],
    platform: both,
  },
  'host.manage': { meaning: 'open a host to workflows, and close it', tenant: operators, platform: operator },
  'view.rebuild': { meaning: 'rebuild a read model', tenant: [], platform: operator },
  'platform.read': { meaning: 'see the state of the platform itself', tenant: [], platform: both },
} as const satisfies Record<string, RightEntry>;

export type Right = keyof typeof rights;

/** The right that any authenticated caller holds: to see oneself. */
export const ownRight = 'self.read';
