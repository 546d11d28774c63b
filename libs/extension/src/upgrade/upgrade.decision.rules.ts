// Decides about an upgrade of an installed extension and about the way back. Part of the decider of the installation: the switch is one
// append, so that there is never a moment between two versions.
import type { CommandMetadata } from '@kari/kernel';
import { rejected } from '@kari/kernel';
import semver from 'semver';
import { consentOf, type ConsentItem } from '../lifecycle/consent.rules.js';
import type { ExtensionCommand, ResolvedPackage, UpgradeWish } from '../lifecycle/extension.commands.js';
import type { ExtensionEvent, HeldItem } from '../lifecycle/extension.events.js';
import type { ExtensionState, HeldState } from '../lifecycle/extension-state.rules.js';
import { formerOf, type Former, type HeldGrant, type Upgrade } from './upgrade-state.rules.js';
import { upgradeDeadline, upgradePlans, upgradeStepAfter, type UpgradeStep } from './upgrade.rules.js';

type Decision = readonly ExtensionEvent[];
type Standing = Extract<ExtensionState, { status: 'enabled' | 'disabled' }>;
type CancelCause = Extract<ExtensionEvent, { type: 'ExtensionUpgradeCancelled' }>['data']['cause'];

/** `origin` wish: consented to in full on behalf of every tenant, and never for a version that this tenant has discarded. */
export function requestUpgrade(wish: UpgradeWish, origin: 'tenant' | 'wish', state: Standing, metadata: CommandMetadata): Decision {
  const { extension, facts, consented, group } = wish;
  const { found } = facts;
  if (found === null) {
    const known = facts.known.length === 0 ? 'none' : facts.known;
    throw rejected('EXTENSION_PACKAGE_UNKNOWN', { extension, version: wish.version ?? 'latest', known });
  }
  const { version, bundleHash, grants, resourceClass } = found;
  const running = state.upgrade;
  if (running !== null) {
    if (running.phase === 'undoing') throw rejected('EXTENSION_BUSY', { extension, status: 'taking an upgrade back' });
    // One that somebody asked for alone does not wait for others.
    if (running.version !== version || (group !== undefined && running.group?.group !== group.group))
      throw rejected('EXTENSION_UPGRADE_RUNNING', { extension, version: running.version });
    return isAnswered(running, consented) ? resumed(extension, running, consented) : [];
  }
  if (version === state.version) return [];
  if (semver.lt(version, state.version))
    throw rejected('EXTENSION_VERSION_OLDER', { extension, installed: state.version, wanted: version });
  if (facts.safeBoot) throw rejected('EXTENSION_SAFE_BOOT', { extension });
  if (origin === 'wish' && state.discarded.includes(version)) throw rejected('EXTENSION_VERSION_DISCARDED', { extension, version });
  // What is asked for beyond the present consent was told from the version that is installed now, or is not worth much.
  if (facts.from !== null && facts.from !== state.version) throw rejected('EXTENSION_BUSY', { extension, status: 'changing its version' });
  const { obstacles } = facts;
  if (obstacles.length > 0)
    throw rejected('EXTENSION_UPGRADE_NEEDS_PLAN', { extension, version, cures: obstacles.map(({ cure }) => cure), obstacles });
  demandKnown(extension, found, consented);
  const missing = beyondConsent(found, state, facts.widened).filter(({ id }) => !consented.includes(id));
  const upgrade = metadata.commandId;
  const of = group === undefined ? {} : { group };
  return [
    {
      type: 'ExtensionUpgradeRequested',
      data: { extension, upgrade, from: state.version, version, bundleHash, grants, resourceClass, origin, ...of },
    },
    ...(missing.length === 0 ? [] : [held(extension, upgrade, version, 'consent', missing)]),
  ];
}

/** What a newer version asks for beyond what is held: new permissions, wider ones, a larger resource class. */
export function beyondConsent(found: ResolvedPackage, state: HeldState, widened: readonly string[]): readonly ConsentItem[] {
  const known = new Set(state.grants.map(({ id }) => id));
  const classes = ['S', 'M', 'L'];
  const larger = classes.indexOf(found.resourceClass) > classes.indexOf(state.resourceClass);
  return consentOf(found).filter(({ id }) => (id.startsWith('resources:') ? larger : !known.has(id) || widened.includes(id)));
}

export function consentToUpgrade(extension: string, consented: readonly string[], state: ExtensionState): Decision {
  const upgrade = upgradeOf(state);
  if (upgrade?.phase !== 'held' || upgrade.cause !== 'consent') {
    if (upgrade?.phase === 'running') return [];
    throw rejected('EXTENSION_UPGRADE_NOT_HELD', { extension });
  }
  const asked = new Set(upgrade.items.map(({ id }) => id));
  const unknown = consented.filter((id) => !asked.has(id));
  if (unknown.length > 0) throw rejected('EXTENSION_CONSENT_UNKNOWN', { extension, version: upgrade.version, unknown });
  const missing = upgrade.items.filter(({ id }) => !consented.includes(id));
  if (missing.length > 0) {
    const words = missing.map((item) => `${item.id} (${item.reason})`);
    throw rejected('EXTENSION_CONSENT_REQUIRED', { extension, version: upgrade.version, missing: words, consent: missing });
  }
  return resumed(extension, upgrade, consented);
}

/** Nothing where none runs that could be ended, so that whoever disables or removes need not know. */
export function cancelUpgrade(state: HeldState, cause: CancelCause): Decision {
  const { extension, upgrade } = state;
  if (upgrade === null || upgrade.phase === 'undoing') return [];
  // It has given its word: what becomes of it is decided for all of them, and soon.
  if (isReady(upgrade) && cause !== 'together')
    throw rejected('EXTENSION_UPGRADE_TOGETHER', { extension, others: othersOf(extension, upgrade) });
  const declined = cause === 'asked' && upgrade.phase === 'held' && upgrade.cause === 'consent';
  const step = upgrade.started[upgrade.completed.length] ?? null;
  return [{ type: 'ExtensionUpgradeCancelled', data: { extension, upgrade: upgrade.upgrade, step, cause: declined ? 'declined' : cause } }];
}

/** For a removal, which takes the candidate's sandbox along. */
export function dropUpgrade(state: HeldState): Decision {
  const { extension, upgrade } = state;
  if (upgrade === null) return [];
  return [
    ...cancelUpgrade(state, 'removed'),
    { type: 'ExtensionUpgradeUndone', data: { extension, upgrade: upgrade.upgrade, outcome: 'cancelled' } },
  ];
}

type Back = Extract<ExtensionEvent, { type: 'ExtensionRolledBack' }>['data'];

export function rollBack(state: Standing, cause: Back['cause'], reason: string): Decision {
  const { extension } = state;
  const [former] = state.formers;
  if (former === undefined) throw rejected('EXTENSION_NO_FORMER_VERSION', { extension, version: state.version });
  return [...cancelUpgrade(state, 'rolled-back'), backTo(former, state, { cause, reason })];
}

/** What its group has decided: back to the version that the group took the place of, whatever has come on top of it. */
export function goBackWithGroup(
  { group, cause, reason }: Pick<Back, 'cause' | 'reason'> & { group: string },
  state: ExtensionState,
): Decision {
  if (state.status !== 'enabled' && state.status !== 'disabled') return [];
  const back = backWithGroup(state, { group, cause, reason });
  return back === null ? [] : [...cancelUpgrade(state, 'rolled-back'), back];
}

/** The fact alone; null where it is not, or no longer, on top of what the group brought. */
export function backWithGroup(
  state: Standing,
  { group, cause, reason }: Pick<Back, 'cause' | 'reason'> & { group: string },
): ExtensionEvent | null {
  const former = state.formers[formerOf(state, group)];
  return former === undefined ? null : backTo(former, state, { cause, reason, group });
}

function backTo(former: Former, state: Standing, why: Pick<Back, 'cause' | 'reason' | 'group'>): ExtensionEvent {
  const { extension, version: from } = state;
  const { version, bundleHash, resourceClass } = former;
  const grants = grantsOfFormer(former, state.grants);
  return { type: 'ExtensionRolledBack', data: { extension, from, version, bundleHash, grants, resourceClass, ...why } };
}

type UpgradeCommand = Extract<ExtensionCommand, { data: { upgrade: string } }>;

/** The process of an upgrade moves on. A word about another try, or out of turn, is late: it changes nothing. */
export function advanceUpgrade(command: UpgradeCommand, state: ExtensionState, metadata: CommandMetadata): Decision {
  if (state.status !== 'enabled' && state.status !== 'disabled') return [];
  const { extension, upgrade: name } = command.data;
  if (command.type === 'RollBackUpgrade') {
    const { cause, reason } = command.data;
    // What came with others goes back with them.
    return state.trial?.upgrade === name && state.formers[0]?.group === undefined ? rollBack(state, cause, reason) : [];
  }
  if (command.type === 'EndUpgradeTrial') {
    if (state.trial?.upgrade !== name || metadata.now < state.trial.until) return [];
    return [{ type: 'ExtensionUpgradeProven', data: { extension, upgrade: name, version: state.version } }];
  }
  const { upgrade } = state;
  if (upgrade === null || upgrade.upgrade !== name) return [];
  if (upgrade.phase === 'undoing') return takeBack(command, upgrade, metadata);
  if (command.type === 'LeaveGroup') return upgrade.group === undefined ? [] : cancelUpgrade(state, 'together');
  if (command.type === 'TakeOverWithGroup') return isReady(upgrade) ? [switched(state, upgrade, command.data.trialUntil)] : [];
  if (command.type === 'ResumeUpgrade') {
    return upgrade.phase === 'held' && upgrade.cause === 'contract' ? resumed(extension, upgrade, []) : [];
  }
  return upgrade.phase === 'held' ? [] : step(command, state, upgrade, metadata);
}

function step(command: UpgradeCommand, state: Standing, upgrade: Upgrade, metadata: CommandMetadata): Decision {
  const { extension } = state;
  const name = upgrade.upgrade;
  const running = upgrade.started.at(upgrade.completed.length) ?? null;
  switch (command.type) {
    case 'StartUpgradeStep': {
      const { step: next } = command.data;
      if (running !== null || upgradeStepAfter(upgrade.completed.at(-1) ?? null) !== next) return [];
      const detail = upgradePlans[next].doing;
      const deadlineAt = upgradeDeadline(next, metadata.now);
      return [{ type: 'ExtensionUpgradeStepStarted', data: { extension, upgrade: name, step: next, detail, deadlineAt } }];
    }
    case 'CompleteUpgradeStep': {
      const { step: done, detail } = command.data;
      if (running !== done || done === 'switch') return [];
      return [...(done === 'snapshot' ? [snapshotOf(state, name)] : []), completed(extension, name, done, detail)];
    }
    case 'SwitchUpgrade':
      if (running !== 'switch') return [];
      return [completed(extension, name, 'switch', command.data.detail), ...switching(state, upgrade, command.data.trialSeconds, metadata)];
    case 'HoldUpgrade':
      if (running !== 'contracts') return [];
      return [held(extension, name, upgrade.version, 'contract', command.data.items)];
    case 'FailUpgradeStep': {
      const { step: failed, code, reason } = command.data;
      if (running !== failed) return [];
      return [{ type: 'ExtensionUpgradeFailed', data: { extension, upgrade: name, step: failed, code, reason } }];
    }
    default:
      return [];
  }
}

function takeBack(command: UpgradeCommand, upgrade: Extract<Upgrade, { phase: 'undoing' }>, metadata: CommandMetadata): Decision {
  const { extension, upgrade: name } = command.data;
  switch (command.type) {
    case 'StartUpgradeUndo': {
      const { step: next } = command.data;
      if (upgrade.running !== null || upgrade.remaining[0] !== next) return [];
      const deadlineAt = upgradeDeadline(next, metadata.now);
      return [{ type: 'ExtensionUpgradeUndoStarted', data: { extension, upgrade: name, step: next, deadlineAt } }];
    }
    case 'CompleteUpgradeUndo': {
      const { step: done, trouble } = command.data;
      if (upgrade.running !== done) return [];
      return [{ type: 'ExtensionUpgradeStepUndone', data: { extension, upgrade: name, step: done, trouble } }];
    }
    case 'CloseUpgrade':
      if (upgrade.remaining.length > 0) return [];
      return [{ type: 'ExtensionUpgradeUndone', data: { extension, upgrade: name, outcome: upgrade.outcome } }];
    default:
      return [];
  }
}

/** Alone at once; of a group, when all of them are as far. */
function switching(state: Standing, upgrade: Upgrade, trialSeconds: number, metadata: CommandMetadata): Decision {
  const { upgrade: name, group } = upgrade;
  if (group !== undefined)
    return [{ type: 'ExtensionUpgradeReady', data: { extension: state.extension, upgrade: name, group: group.group } }];
  const trialUntil = trialSeconds === 0 ? null : new Date(Date.parse(metadata.now) + trialSeconds * 1_000).toISOString();
  return [switched(state, upgrade, trialUntil)];
}

export function switched(state: Standing, upgrade: Upgrade, trialUntil: string | null): ExtensionEvent {
  const { extension, version: from } = state;
  const { upgrade: name, version, bundleHash, resourceClass } = upgrade;
  // What was revoked stays revoked, also when it was so while the upgrade ran.
  const revoked = new Set(state.grants.filter((grant) => grant.state === 'revoked').map(({ id }) => id));
  const grants = upgrade.grants.map((grant): HeldGrant => ({ ...grant, state: revoked.has(grant.id) ? 'revoked' : 'granted' }));
  return { type: 'ExtensionUpgraded', data: { extension, upgrade: name, from, version, bundleHash, grants, resourceClass, trialUntil } };
}

function grantsOfFormer(former: Former, now: readonly HeldGrant[]): HeldGrant[] {
  const revoked = new Set(now.filter((grant) => grant.state === 'revoked').map(({ id }) => id));
  return former.grants.map((grant) => (revoked.has(grant.id) ? { ...grant, state: 'revoked' } : grant));
}

function snapshotOf(state: Standing, upgrade: string): ExtensionEvent {
  const { extension, version, bundleHash, grants, resourceClass, status } = state;
  const enabled = status === 'enabled';
  return { type: 'ExtensionSnapshotTaken', data: { extension, upgrade, version, bundleHash, grants: [...grants], resourceClass, enabled } };
}

function completed(extension: string, upgrade: string, done: UpgradeStep, detail: string): ExtensionEvent {
  return { type: 'ExtensionUpgradeStepCompleted', data: { extension, upgrade, step: done, detail } };
}

function held(
  extension: string,
  upgrade: string,
  version: string,
  cause: 'consent' | 'contract',
  items: readonly HeldItem[],
): ExtensionEvent {
  return { type: 'ExtensionUpgradeHeld', data: { extension, upgrade, version, cause, items: [...items] } };
}

function resumed(extension: string, { upgrade }: Upgrade, consented: readonly string[]): Decision {
  return [{ type: 'ExtensionUpgradeResumed', data: { extension, upgrade, consented: [...consented] } }];
}

export function isReady(upgrade: Upgrade): boolean {
  return upgrade.phase === 'running' && upgrade.ready === true;
}

/** Those that it takes over with. */
export function othersOf(extension: string, { group }: Upgrade): readonly string[] {
  return (group?.members ?? []).map((member) => member.extension).filter((other) => other !== extension);
}

/** Whether asking again brings all the consent that was missing. */
function isAnswered(upgrade: Upgrade, consented: readonly string[]): boolean {
  return upgrade.phase === 'held' && upgrade.cause === 'consent' && upgrade.items.every(({ id }) => consented.includes(id));
}

function demandKnown(extension: string, found: ResolvedPackage, consented: readonly string[]): void {
  const known = new Set(consentOf(found).map(({ id }) => id));
  const unknown = consented.filter((id) => !known.has(id));
  if (unknown.length > 0) throw rejected('EXTENSION_CONSENT_UNKNOWN', { extension, version: found.version, unknown });
}

function upgradeOf(state: ExtensionState): Upgrade | null {
  return 'upgrade' in state ? state.upgrade : null;
}
