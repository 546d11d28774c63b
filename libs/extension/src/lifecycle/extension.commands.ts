// What one may wish for an extension in a tenant. Fields under `facts` are looked up by the ExtensionManager right before the send and never
// come from a caller: the decider judges them, so that each refusal is audited by the one road.
import type { Command } from '@kari/kernel';
import { z } from 'zod';
import { installSteps } from '../installation/installation.rules.js';
import { upgradeSteps } from '../upgrade/upgrade.rules.js';
import { requestedGrantSchema, resourceClassSchema, upgradeGroupSchema } from './extension.events.js';

export const extensionIdSchema = z.string().regex(/^[a-z][a-z0-9-]{0,38}\.[a-z][a-z0-9-]{0,38}$/, 'an extension id is <publisher>.<name>');
const extension = extensionIdSchema;
const step = z.enum(installSteps);
const install = z.string();
const upgrade = z.string();
const upgradeStep = z.enum(upgradeSteps);

/** The registered version a wish resolves to, with everything that needs consent. */
export const resolvedPackageSchema = z.object({
  version: z.string(),
  bundleHash: z.string(),
  grants: z.array(requestedGrantSchema),
  resourceClass: resourceClassSchema,
  resourceReason: z.string(),
});
export type ResolvedPackage = z.infer<typeof resolvedPackageSchema>;

/** Something a dependency check found wrong, and what cures it. */
export const obstacleSchema = z.object({
  kind: z.enum(['missing', 'disabled', 'version', 'conflict', 'plugin', 'service', 'platform', 'dependent']),
  id: z.string(),
  needed: z.string(),
  found: z.string().nullable(),
  cure: z.string(),
});
export type Obstacle = z.infer<typeof obstacleSchema>;

export const installWishSchema = z.object({
  extension,
  /** A registered version; null: the latest one. */
  version: z.string().nullable(),
  /** Ids consented to: each required permission, and `resources:M` or `resources:L` where more than class S is asked for. */
  consented: z.array(z.string()).max(500),
  enable: z.boolean(),
  facts: z.object({ found: resolvedPackageSchema.nullable(), known: z.array(z.string()), safeBoot: z.boolean() }),
});
export type InstallWish = z.infer<typeof installWishSchema>;

const upgradeWishSchema = z.object({
  extension,
  /** A registered version that is newer than the installed one; null: the latest one. */
  version: z.string().nullable(),
  /** Ids consented to; what is missing holds the upgrade, until ConsentToUpgrade names it. */
  consented: z.array(z.string()).max(500),
  facts: z.object({
    found: resolvedPackageSchema.nullable(),
    known: z.array(z.string()),
    safeBoot: z.boolean(),
    /** The installed version that `widened` was told from; null when nothing was installed. */
    from: z.string().nullable(),
    /** Ids of permissions that go beyond what is held now. */
    widened: z.array(z.string()),
    /** What other extensions would have to change for it; all that a plan brings, and an upgrade alone does not. */
    obstacles: z.array(obstacleSchema),
  }),
  /** Set by the process of a group alone: with whom it takes over. */
  group: upgradeGroupSchema.optional(),
});
export type UpgradeWish = z.infer<typeof upgradeWishSchema>;

const heldItemSchema = z.object({ id: z.string(), reason: z.string() });

const bodies = {
  InstallExtension: installWishSchema,
  /** The same on behalf of a wish for all tenants: a refusal becomes a fact that the operator sees, never an error. */
  FulfilWish: installWishSchema,
  /** A newer version is wished for all tenants: it reaches those that have the extension by the former wish, and nobody else. */
  RenewWish: installWishSchema,
  /** The wish is gone. What the tenant asked for itself stays. */
  WithdrawWish: z.object({ extension }),
  /** Removes what a withdrawn wish left; dependents become a fact that the operator sees. */
  RemoveWithdrawn: z.object({ extension, facts: z.object({ dependents: z.array(z.string()) }) }),
  EnableExtension: z.object({ extension, facts: z.object({ safeBoot: z.boolean(), obstacles: z.array(obstacleSchema) }) }),
  DisableExtension: z.object({ extension, facts: z.object({ dependents: z.array(z.string()) }) }),
  RemoveExtension: z.object({ extension, facts: z.object({ dependents: z.array(z.string()) }) }),
  CancelInstall: z.object({ extension }),
  GiveGrant: z.object({ extension, grant: z.string().max(1_000), facts: z.object({ requested: requestedGrantSchema.nullable() }) }),
  RevokeGrant: z.object({ extension, grant: z.string().max(1_000) }),
  UpgradeExtension: upgradeWishSchema,
  /** Exactly the ids that the held upgrade waits for. */
  ConsentToUpgrade: z.object({ extension, consented: z.array(z.string()).max(500) }),
  /** Ends an upgrade before its switch; while it waits for consent this declines it. */
  CancelUpgrade: z.object({ extension }),
  /** Back to the version before. */
  RollBackExtension: z.object({ extension, facts: z.object({ to: z.string().nullable(), obstacles: z.array(obstacleSchema) }) }),
  // The process of an upgrade speaks these.
  StartUpgradeStep: z.object({ extension, upgrade, step: upgradeStep }),
  CompleteUpgradeStep: z.object({ extension, upgrade, step: upgradeStep, detail: z.string() }),
  /** `trialSeconds`: how long it may be taken back by itself; 0: not at all. */
  SwitchUpgrade: z.object({ extension, upgrade, detail: z.string(), trialSeconds: z.number().int().min(0) }),
  // The process of a group speaks these: what it has decided holds for each member.
  TakeOverWithGroup: z.object({ extension, upgrade, trialUntil: z.string().nullable() }),
  LeaveGroup: z.object({ extension, upgrade }),
  GoBackWithGroup: z.object({
    extension,
    group: z.string(),
    cause: z.enum(['operator', 'quarantine', 'health']),
    reason: z.string().max(2_000),
  }),
  HoldUpgrade: z.object({ extension, upgrade, items: z.array(heldItemSchema) }),
  ResumeUpgrade: z.object({ extension, upgrade }),
  FailUpgradeStep: z.object({ extension, upgrade, step: upgradeStep, code: z.string(), reason: z.string() }),
  StartUpgradeUndo: z.object({ extension, upgrade, step: upgradeStep }),
  CompleteUpgradeUndo: z.object({ extension, upgrade, step: upgradeStep, trouble: z.string().nullable() }),
  CloseUpgrade: z.object({ extension, upgrade }),
  /** Within the trial period alone. */
  RollBackUpgrade: z.object({ extension, upgrade, cause: z.enum(['quarantine', 'health']), reason: z.string().max(2_000) }),
  EndUpgradeTrial: z.object({ extension, upgrade }),
  // The process of an install speaks these.
  StartInstallStep: z.object({ extension, install, step }),
  CompleteInstallStep: z.object({ extension, install, step, detail: z.string() }),
  FailInstallStep: z.object({ extension, install, step, code: z.string(), reason: z.string() }),
  FinishInstall: z.object({ extension, install }),
  StartInstallUndo: z.object({ extension, install, step }),
  CompleteInstallUndo: z.object({ extension, install, step, trouble: z.string().nullable() }),
  CloseInstall: z.object({ extension, install }),
  CompleteRemoval: z.object({ extension, removal: z.string(), troubles: z.array(z.string()) }),
  ReportActivation: z.object({ extension, failure: z.object({ code: z.string(), reason: z.string() }).nullable() }),
  ReportDeactivation: z.object({ extension, trouble: z.string().nullable() }),
} as const;

type Bodies = { readonly [T in keyof typeof bodies]: z.infer<(typeof bodies)[T]> };
export type ExtensionCommandType = keyof Bodies;
export type ExtensionCommand = { readonly [T in keyof Bodies]: Command<T, Bodies[T]> }[keyof Bodies];
export const extensionCommandSchemas = bodies;
