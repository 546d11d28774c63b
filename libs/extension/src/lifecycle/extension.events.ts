// What happens to one extension in one tenant. The names and bodies here are stored for ever.
import type { DomainEvent, EventDefinition } from '@kari/kernel';
import { z } from 'zod';
import { installSteps } from '../installation/installation.rules.js';
import { upgradeSteps } from '../upgrade/upgrade.rules.js';

const extension = z.string();
const version = z.string();
const step = z.enum(installSteps);
const install = z.string();
const upgrade = z.string();
const upgradeStep = z.enum(upgradeSteps);

/** A permission as the manifest asks for it, and its reason as the operator read it. */
export const requestedGrantSchema = z.object({
  id: z.string(),
  capability: z.string(),
  scope: z.record(z.string(), z.unknown()),
  reason: z.string(),
});
export type RequestedGrant = z.infer<typeof requestedGrantSchema>;

export const resourceClassSchema = z.enum(['S', 'M', 'L']);

/** A permission with whether it holds. */
const heldGrantSchema = requestedGrantSchema.extend({ state: z.enum(['granted', 'revoked']) });

/** What an upgrade waits for: a consent, by its id and the author's reason; or a user of a contract, by its id and what cures it. */
const heldItemSchema = z.object({ id: z.string(), reason: z.string() });
export type HeldItem = z.infer<typeof heldItemSchema>;

/** Upgrades that take over as one or not at all: the name of the group, and to which version it leads each of them. */
export const upgradeGroupSchema = z.object({ group: z.string(), members: z.array(z.object({ extension, version })) });
export type UpgradeGroup = z.infer<typeof upgradeGroupSchema>;

const bodies = {
  ExtensionInstallRequested: z.object({
    extension,
    version,
    /** What was looked at when consent was given. */
    bundleHash: z.string(),
    grants: z.array(requestedGrantSchema),
    resourceClass: resourceClassSchema,
    enable: z.boolean(),
    /** Asked for in the tenant, or by a wish for all tenants. */
    origin: z.enum(['tenant', 'wish']),
    /** Names this try: facts of an earlier one are told apart by it. */
    install,
  }),
  ExtensionInstallStepStarted: z.object({ extension, install, step, detail: z.string(), deadlineAt: z.string() }),
  ExtensionInstallStepCompleted: z.object({ extension, install, step, detail: z.string() }),
  ExtensionInstallFailed: z.object({ extension, install, step, code: z.string(), reason: z.string() }),
  ExtensionInstallCancelled: z.object({ extension, install, step: step.nullable() }),
  ExtensionInstallUndoStarted: z.object({ extension, install, step, deadlineAt: z.string() }),
  /** `trouble`: what could not be taken back, in words. */
  ExtensionInstallStepUndone: z.object({ extension, install, step, trouble: z.string().nullable() }),
  ExtensionInstallUndone: z.object({ extension, install, outcome: z.enum(['failed', 'cancelled']) }),
  ExtensionInstalled: z.object({ extension, version }),
  /** `activated`: onActivate has run already, as a step of the install. `occasion` names this very change for the hook that follows. */
  ExtensionEnabled: z.object({ extension, version, activated: z.boolean(), occasion: z.string() }),
  ExtensionActivated: z.object({ extension }),
  ExtensionActivationFailed: z.object({ extension, code: z.string(), reason: z.string() }),
  ExtensionDisabled: z.object({ extension, version, occasion: z.string() }),
  /** onDeactivate has run and the sandbox is gone; `trouble`: what went wrong on the way, in words. */
  ExtensionDeactivated: z.object({ extension, trouble: z.string().nullable() }),
  ExtensionRemovalStarted: z.object({ extension, version, removal: z.string(), wasEnabled: z.boolean() }),
  /** `troubles`: hooks that failed on the way out, in words. */
  ExtensionRemoved: z.object({ extension, version, troubles: z.array(z.string()) }),
  ExtensionGrantGiven: z.object({ extension, grant: requestedGrantSchema }),
  ExtensionGrantRevoked: z.object({ extension, grant: z.string() }),
  /** The wish that brought it here was withdrawn: it goes as soon as nothing depends on it. */
  ExtensionWithdrawalDue: z.object({ extension, version }),
  /** A wish for all tenants met a tenant that it does not fit. */
  ExtensionWishRefused: z.object({
    extension,
    version,
    act: z.enum(['install', 'remove', 'upgrade']),
    code: z.string(),
    facts: z.record(z.string(), z.unknown()),
  }),
  /** Until ExtensionUpgraded everything that is enforced stays that of `from`. */
  ExtensionUpgradeRequested: z.object({
    extension,
    /** Names this try. */
    upgrade,
    from: version,
    version,
    bundleHash: z.string(),
    grants: z.array(requestedGrantSchema),
    resourceClass: resourceClassSchema,
    origin: z.enum(['tenant', 'wish']),
    /** Left out where it takes over alone. */
    group: upgradeGroupSchema.optional(),
  }),
  ExtensionUpgradeHeld: z.object({ extension, upgrade, version, cause: z.enum(['consent', 'contract']), items: z.array(heldItemSchema) }),
  /** `consented`: what was agreed to beyond the former consent. */
  ExtensionUpgradeResumed: z.object({ extension, upgrade, consented: z.array(z.string()) }),
  ExtensionUpgradeStepStarted: z.object({ extension, upgrade, step: upgradeStep, detail: z.string(), deadlineAt: z.string() }),
  ExtensionUpgradeStepCompleted: z.object({ extension, upgrade, step: upgradeStep, detail: z.string() }),
  /** What is needed to go back to the version that serves now. */
  ExtensionSnapshotTaken: z.object({
    extension,
    upgrade,
    version,
    bundleHash: z.string(),
    grants: z.array(heldGrantSchema),
    resourceClass: resourceClassSchema,
    enabled: z.boolean(),
  }),
  /** It has done everything before the switch, and waits for that of its group: from here on it cannot leave it by itself. */
  ExtensionUpgradeReady: z.object({ extension, upgrade, group: z.string() }),
  ExtensionUpgradeFailed: z.object({ extension, upgrade, step: upgradeStep, code: z.string(), reason: z.string() }),
  ExtensionUpgradeCancelled: z.object({
    extension,
    upgrade,
    step: upgradeStep.nullable(),
    /** `together`: another one of its group will not change. */
    cause: z.enum(['asked', 'declined', 'disabled', 'removed', 'withdrawn', 'rolled-back', 'together']),
  }),
  ExtensionUpgradeUndoStarted: z.object({ extension, upgrade, step: upgradeStep, deadlineAt: z.string() }),
  ExtensionUpgradeStepUndone: z.object({ extension, upgrade, step: upgradeStep, trouble: z.string().nullable() }),
  ExtensionUpgradeUndone: z.object({ extension, upgrade, outcome: z.enum(['failed', 'cancelled']) }),
  /** The switch: from here on the new version and its grants are what is enforced. */
  ExtensionUpgraded: z.object({
    extension,
    upgrade,
    from: version,
    version,
    bundleHash: z.string(),
    grants: z.array(heldGrantSchema),
    resourceClass: resourceClassSchema,
    /** Until then a quarantine or a failing health check takes it back by itself; null: it is not on trial. */
    trialUntil: z.string().nullable(),
  }),
  /** Its trial period is over, and it is well. */
  ExtensionUpgradeProven: z.object({ extension, upgrade, version }),
  /** `version` is the one before, with the grants it had, but for what was revoked since. */
  ExtensionRolledBack: z.object({
    extension,
    from: version,
    version,
    bundleHash: z.string(),
    grants: z.array(heldGrantSchema),
    resourceClass: resourceClassSchema,
    cause: z.enum(['operator', 'quarantine', 'health']),
    reason: z.string(),
    /** The group that went back as one: what came on top of the version that it had brought goes as well. Left out where it goes alone. */
    group: z.string().optional(),
  }),
} as const;

type Bodies = { readonly [T in keyof typeof bodies]: z.infer<(typeof bodies)[T]> };
export type ExtensionEvent = { readonly [T in keyof Bodies]: DomainEvent<T, Bodies[T]> }[keyof Bodies];
export type ExtensionEventType = ExtensionEvent['type'];

export const extensionEventDefinitions: readonly EventDefinition[] = Object.entries(bodies).map(([type, schema]) => ({
  type,
  version: 1,
  schema,
}));
export const extensionEventTypes = Object.keys(bodies) as readonly ExtensionEventType[];
export const INSTALLATION_CATEGORY = 'extension.installation';
