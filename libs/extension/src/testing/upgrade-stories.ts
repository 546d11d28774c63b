// Facts and wishes about an upgrade of acme.notes from 1.0.0 to 2.0.0, shared by the specs of this context.
import type { ExtensionCommand, ResolvedPackage, UpgradeWish } from '../lifecycle/extension.commands.js';
import type { ExtensionEvent, HeldItem, RequestedGrant } from '../lifecycle/extension.events.js';
import { upgradePlans, upgradeSteps, type UpgradeStep } from '../upgrade/upgrade.rules.js';
import { bundleHash, deadline, extension, found, INSTALL, kv, version, web } from './stories.js';

export const NEWER = '2.0.0';
const newerHash = 'b'.repeat(64);
export const tcp: RequestedGrant = { id: 'tcp:db:5432', capability: 'tcp', scope: { host: 'db', port: 5432 }, reason: 'stores notes' };
export const newer: ResolvedPackage = { ...found, version: NEWER, bundleHash: newerHash };

type Body<T extends ExtensionEvent['type']> = Extract<ExtensionEvent, { type: T }>['data'];
type UpgradeCommandType = Extract<ExtensionCommand, { data: { upgrade: string } }>['type'];

export function upgrading(changes: Partial<UpgradeWish> = {}, facts: Partial<UpgradeWish['facts']> = {}): ExtensionCommand {
  const looked = { found: newer, known: [NEWER, version], safeBoot: false, from: version, widened: [], obstacles: [], ...facts };
  return { type: 'UpgradeExtension', data: { extension, version: null, consented: [], facts: looked, ...changes } };
}

/** A command of the process, about the try of these stories. */
export function command<T extends UpgradeCommandType>(
  type: T,
  data: Omit<Extract<ExtensionCommand, { type: T }>['data'], 'extension' | 'upgrade'>,
): ExtensionCommand {
  return { type, data: { extension, upgrade: INSTALL, ...data } } as unknown as ExtensionCommand;
}

export const upgradeRequested = (changes: Partial<Body<'ExtensionUpgradeRequested'>> = {}): ExtensionEvent => ({
  type: 'ExtensionUpgradeRequested',
  data: {
    extension,
    upgrade: INSTALL,
    from: version,
    version: NEWER,
    bundleHash: newerHash,
    grants: [kv, web],
    resourceClass: 'S',
    origin: 'tenant',
    ...changes,
  },
});
export const heldFor = (items: readonly HeldItem[], cause: 'consent' | 'contract' = 'consent'): ExtensionEvent => ({
  type: 'ExtensionUpgradeHeld',
  data: { extension, upgrade: INSTALL, version: NEWER, cause, items: [...items] },
});
export const agreed = (...consented: string[]): ExtensionEvent => ({
  type: 'ExtensionUpgradeResumed',
  data: { extension, upgrade: INSTALL, consented },
});
export const stepStarted = (step: UpgradeStep): ExtensionEvent => ({
  type: 'ExtensionUpgradeStepStarted',
  data: { extension, upgrade: INSTALL, step, detail: upgradePlans[step].doing, deadlineAt: deadline(upgradePlans[step].limit) },
});
export const stepDone = (step: UpgradeStep): ExtensionEvent => ({
  type: 'ExtensionUpgradeStepCompleted',
  data: { extension, upgrade: INSTALL, step, detail: 'done' },
});
export const snapshotTaken: ExtensionEvent = {
  type: 'ExtensionSnapshotTaken',
  data: {
    extension,
    upgrade: INSTALL,
    version,
    bundleHash,
    grants: [kv, web].map((grant) => ({ ...grant, state: 'granted' })),
    resourceClass: 'S',
    enabled: true,
  },
};
export const failedUpgrade = (step: UpgradeStep): ExtensionEvent => ({
  type: 'ExtensionUpgradeFailed',
  data: { extension, upgrade: INSTALL, step, code: 'EXTENSION_UNHEALTHY', reason: 'it says so' },
});
export const cancelledUpgrade = (
  step: UpgradeStep | null,
  cause: Body<'ExtensionUpgradeCancelled'>['cause'] = 'asked',
): ExtensionEvent => ({ type: 'ExtensionUpgradeCancelled', data: { extension, upgrade: INSTALL, step, cause } });
export const undoStartedUpgrade = (step: UpgradeStep): ExtensionEvent => ({
  type: 'ExtensionUpgradeUndoStarted',
  data: { extension, upgrade: INSTALL, step, deadlineAt: deadline(upgradePlans[step].limit) },
});
export const stepUndone = (step: UpgradeStep): ExtensionEvent => ({
  type: 'ExtensionUpgradeStepUndone',
  data: { extension, upgrade: INSTALL, step, trouble: null },
});
export const undoneUpgrade = (outcome: 'failed' | 'cancelled'): ExtensionEvent => ({
  type: 'ExtensionUpgradeUndone',
  data: { extension, upgrade: INSTALL, outcome },
});
export const switched = (changes: Partial<Body<'ExtensionUpgraded'>> = {}): ExtensionEvent => ({
  type: 'ExtensionUpgraded',
  data: {
    extension,
    upgrade: INSTALL,
    from: version,
    version: NEWER,
    bundleHash: newerHash,
    grants: [kv, web].map((grant) => ({ ...grant, state: 'granted' })),
    resourceClass: 'S',
    trialUntil: deadline(600_000),
    ...changes,
  },
});
export const rolledBackTo = (changes: Partial<Body<'ExtensionRolledBack'>> = {}): ExtensionEvent => ({
  type: 'ExtensionRolledBack',
  data: {
    extension,
    from: NEWER,
    version,
    bundleHash,
    grants: [kv, web].map((grant) => ({ ...grant, state: 'granted' })),
    resourceClass: 'S',
    cause: 'operator',
    reason: 'an operator asked for it',
    ...changes,
  },
});

/** Everything between the request and the end of that step's start. */
export function stepsUpTo(step: UpgradeStep): readonly ExtensionEvent[] {
  return upgradeSteps.slice(0, upgradeSteps.indexOf(step) + 1).flatMap((one) => {
    if (one === step) return [stepStarted(one)];
    return one === 'snapshot' ? [stepStarted(one), snapshotTaken, stepDone(one)] : [stepStarted(one), stepDone(one)];
  });
}

/** An upgrade that went all the way. */
export const wholeUpgrade: readonly ExtensionEvent[] = [upgradeRequested(), ...stepsUpTo('switch'), stepDone('switch'), switched()];
